// A server with one account, made of Fedify: it is told what to do by lines of JSON on its standard
// input, and tells on its standard output what it answers and what comes to its inboxes.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import {
  Activity, Create, createFederation, Endpoints, Follow, generateCryptoKeyPair, getNodeInfo, Like,
  lookupWebFinger, MemoryKvStore, Note, Person, PUBLIC_COLLECTION, Undo, verifyJsonLd, verifyObject,
  verifyRequest,
} from "@fedify/fedify";
import { Temporal } from "@js-temporal/polyfill";
import { configure } from "@logtape/logtape";

// Node.js has it since version 21.
ArrayBuffer.prototype.transfer ??= function (length = this.byteLength) {
  const moved = new Uint8Array(length);
  moved.set(new Uint8Array(this, 0, Math.min(length, this.byteLength)));
  return moved.buffer;
};

const NAME = "an";
const firstKnock = process.argv[2];
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const log = { category: "fedify", lowestLevel: "warning", sinks: ["stderr"] };
await configure({
  sinks: { stderr: (record) => process.stderr.write(`${record.rawMessage} ${JSON.stringify(record.properties, (_, value) => value?.stack ?? value)}\n`) },
  loggers: [log, { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] }],
});

const federation = createFederation({
  kv: new MemoryKvStore(), allowPrivateAddress: true, firstKnock,
});
const pairs = [
  await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519"),
];
federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== NAME) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "An của Fedify",
      inbox: ctx.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      followers: ctx.getFollowersUri(identifier),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher(() => pairs);
federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [] }));
federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Activity, async (ctx, activity) => {
    const object = await activity.getObject({ ...ctx, suppressError: true });
    tell({
      came: activity.constructor.name, id: activity.id?.href, actor: activity.actorId?.href,
      object: activity.objectId?.href, content: object?.content?.toString(),
    });
  });

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers: new Headers(Object.entries(incoming.headers)),
    body: body.length ? body : undefined,
  });
  if (request.method === "POST") await judge(request, body);
  const answer = await federation.fetch(request, { contextData: undefined });
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
});

// What each kind of signature is worth by itself, before the inbox looks at any of them.
async function judge(request, body) {
  const json = JSON.parse(body.toString());
  const object = await attempt(() => verifyObject(Activity, json, loaders()));
  tell({
    judged: json.type,
    spec: request.headers.has("signature-input") ? "rfc9421" : "cavage",
    request: (await attempt(() => verifyRequest(request.clone(), loaders())))?.id?.href,
    proof: json.proof ? object !== null : null,
    linkedData: json.signature ? await attempt(() => verifyJsonLd(json, loaders())) : null,
  });
}

async function attempt(verify) {
  try {
    return await verify();
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    return null;
  }
}

const context = () => federation.createContext(new URL(origin()), undefined);
const loaders = () => {
  const { documentLoader, contextLoader } = context();
  return { documentLoader, contextLoader };
};
const origin = () => `http://localhost:${server.address().port}`;

async function send(to, activity) {
  const actor = await context().lookupObject(to);
  await context().sendActivity({ identifier: NAME }, actor, activity, { immediate: true });
}

const commands = {
  async lookup({ uri }) {
    const found = await lookupWebFinger(new URL(uri), { allowPrivateAddress: true });
    const self = found?.links?.find((link) => link.rel === "self");
    const actor = await context().lookupObject(self.href);
    const info = await getNodeInfo(new URL(uri).origin, { parse: "best-effort" });
    const keys = [];
    for await (const key of actor.getPublicKeys(context())) keys.push(key.id.href);
    for await (const key of actor.getAssertionMethods(context())) keys.push(key.id.href);
    return {
      subject: found.subject, type: self.type, id: actor.id.href, kind: actor.constructor.name,
      name: actor.preferredUsername.toString(), keys, software: info?.software?.name,
    };
  },
  async follow({ actor, number }) {
    const id = new URL(`#follows/${number}`, context().getActorUri(NAME));
    const me = context().getActorUri(NAME);
    await send(actor, new Follow({ id, actor: me, object: new URL(actor) }));
  },
  async unfollow({ actor, number }) {
    const me = context().getActorUri(NAME);
    const follow = new Follow({
      id: new URL(`#follows/${number}`, me), actor: me, object: new URL(actor),
    });
    await send(actor, new Undo({ id: new URL(`#undo/${number}`, me), actor: me, object: follow }));
  },
  async note({ actor, number, content, reply }) {
    const me = context().getActorUri(NAME);
    const id = new URL(`/notes/${number}`, me);
    const note = new Note({
      id, attribution: me, content, to: PUBLIC_COLLECTION, cc: new URL(actor),
      replyTarget: reply ? new URL(reply) : null, published: Temporal.Now.instant(), url: id,
    });
    await send(actor, new Create({
      id: new URL("#create", id), actor: me, object: note, to: PUBLIC_COLLECTION, cc: new URL(actor),
    }));
  },
  async like({ actor, number, status }) {
    const me = context().getActorUri(NAME);
    const id = new URL(`#likes/${number}`, me);
    await send(actor, new Like({ id, actor: me, object: new URL(status) }));
  },
};

server.listen(0, "127.0.0.1", () => tell({ origin: origin() }));
for await (const line of createInterface({ input: process.stdin })) {
  const { run, ...args } = JSON.parse(line);
  try {
    tell({ done: run, ...(await commands[run](args)) });
  } catch (error) {
    tell({ done: run, error: String(error), stack: error.stack });
  }
}
process.exit(0);
