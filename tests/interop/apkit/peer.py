"""A server with one account, made of apkit: it is told what to do by lines of JSON on its standard
input, and tells on its standard output what it answers and what comes to its inbox.
"""
# pyright: basic, reportMissingImports=false
# (apkit and its libraries are in another environment.)

import asyncio
import base64
import hashlib
import json
import os
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import apmodel
import uvicorn
from apkit.client.asyncio.client import ActivityPubClient
from apkit.client.models import Link, Resource, WebfingerResult
from apkit.models import (
    Accept,
    Activity,
    Create,
    CryptographicKey,
    Delete,
    Follow,
    Like,
    Multikey,
    Note,
    Person,
    Undo,
)
from apkit.server.app import ActivityPubServer
from apkit.server.responses import ActivityResponse
from apkit.server.types import ActorKey, Context
from apmodel._core._jsonjd import loader as schemas
from apsig import ProofVerifier
from apsig.rfc9421 import RFC9421Signer
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from fastapi import Request, Response
from fastapi.responses import JSONResponse

# Two contexts of ours are not among those that apmodel brings along; it would fetch them.
CONTEXTS = Path(__file__).parents[3] / "src/noi/activitypub/contexts"
NAMES = ("multikey", "data-integrity")
bundled = schemas.get_schema
schemas.PRELOAD_JSONLD_PATH_MAPPINGS |= {
    f"https://w3id.org/security/{name}/v1": str(CONTEXTS / f"{name}-v1.json") for name in NAMES
}
schemas.get_schema = lambda path: (
    json.loads(Path(path).read_text()) if path.endswith(".json") else bundled(path)
)

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # apkit logs to its standard output
listener = socket.create_server(("127.0.0.1", 0))
origin = f"http://localhost:{listener.getsockname()[1]}"
uri = f"{origin}/users/an"
# apkit digests the body as it is when the RSA key's turn comes, so what adds a proof is first.
keys = [
    ActorKey(key_id=f"{uri}#ed25519-key", private_key=ed25519.Ed25519PrivateKey.generate()),
    ActorKey(key_id=f"{uri}#main-key", private_key=rsa.generate_private_key(65537, 2048)),
]
proof_key = Multikey(id=keys[0].key_id, controller=uri)
proof_key.public_key = keys[0].private_key
main_key = CryptographicKey(id=keys[1].key_id, owner=uri)
main_key.public_key = keys[1].private_key.public_key()
person = Person(
    id=uri,
    preferred_username="an",
    name="An của apkit",
    inbox=f"{uri}/inbox",
    outbox=f"{uri}/outbox",
    followers=f"{uri}/followers",
    public_key=main_key,
    assertion_method=[proof_key],
)
app = ActivityPubServer()
app.inbox("/users/an/inbox")


def tell(**line):
    out.write(json.dumps(line) + "\n")
    out.flush()


@app.get("/users/an")
async def actor():
    return ActivityResponse(person)


@app.webfinger()
async def webfinger(request: Request, acct: Resource) -> Response:
    if acct.username != "an":
        return JSONResponse({}, status_code=404)
    link = Link(rel="self", type="application/activity+json", href=uri)
    found = WebfingerResult(subject=acct, links=[link]).to_json()
    return JSONResponse(found, media_type="application/jrd+json")


async def came(ctx: Context) -> Response:
    """apkit has verified the request's signature, else it would not have called."""
    activity = ctx.activity
    document = await ctx.request.json()
    tell(
        came=type(activity).__name__,
        actor=activity.actor,
        object=activity.object if isinstance(activity.object, str) else activity.object.id,
        content=getattr(activity.object, "content", None),
    )
    tell(judged=type(activity).__name__, request=True, proof=await proven(document))
    if isinstance(activity, Follow):
        await send(activity.actor, activity.accept(f"{uri}#accepts/1", uri), ["draft-cavage"])
    return Response(status_code=202)


async def proven(document) -> bool:
    """By apsig itself: apkit 0.3.8 looks for a key where it has a Multikey, and never verifies."""
    key_id = document["proof"]["verificationMethod"]
    async with ActivityPubClient() as client:
        signer = await client.actor.fetch(document["actor"])
    key = signer.get_key(key_id).public_key
    return ProofVerifier(key).verify_proof(document, raise_on_fail=True) == key_id


for kind in (Accept, Create, Delete, Follow):
    app.on(kind)(came)


async def send(to: str, activity: Activity, sign_with) -> int:
    async with ActivityPubClient() as client:
        target = await client.actor.fetch(to)
        if sign_with == ["rfc9421-with-digest"]:
            body = json.dumps(apmodel.to_dict(activity)).encode()
            signed = {"data": body, "json": None, "headers": covering(target.inbox, body)}
        else:
            signed = {"json": activity, "signatures": keys, "sign_with": sign_with}
        async with client.post(target.inbox, **signed) as answer:
            return answer.status


def covering(inbox: str, body: bytes) -> dict[str, str]:
    """Headers by apsig as apkit would have to ask for: with the digest, well formed, and the port.

    apsig looks at the clock once for what it signs and once for what it says, hence the loop.
    """
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"Content-Type": "application/activity+json", "Content-Digest": f"sha-256=:{digest}:"}
    signer = RFC9421Signer(keys[1].private_key, keys[1].key_id)
    signer.sign_headers = [*signer.sign_headers, "content-digest"]
    url = urlsplit(inbox)
    while True:
        second = int(time.time())
        signed = signer.sign("POST", url.path, url.netloc, headers, body)
        if int(time.time()) == second:
            return signed | {"content-digest": headers["Content-Digest"]}


def written(run, actor, number, content, reply, status):
    """The activity that is asked for."""
    follow = Follow(id=f"{uri}#follows/{number}", actor=uri, object=actor)
    if run == "follow":
        return follow
    if run == "unfollow":
        return Undo(id=f"{uri}#undo/{number}", actor=uri, object=follow)
    if run == "like":
        return Like(id=f"{uri}#likes/{number}", actor=uri, object=status)
    note = Note(
        id=f"{uri}/notes/{number}",
        attributed_to=uri,
        content=content,
        in_reply_to={"id": reply} if reply else None,  # apmodel 0.5.4 has no mere ids there
        to=[PUBLIC],
        cc=[actor],
    )
    return Create(
        id=f"{uri}/notes/{number}/activity", actor=uri, object=note, to=[PUBLIC], cc=[actor]
    )


async def run(run, actor, sign_with=("draft-cavage",), number=0, content="", reply="", status=""):
    if run == "lookup":
        async with ActivityPubClient() as client:
            found = await client.actor.fetch(actor)
        names = [key.id for key in found.keys]
        return {
            "id": found.id,
            "kind": type(found).__name__,
            "name": found.preferred_username,
            "keys": names,
        }
    activity = written(run, actor, number, content, reply, status)
    return {"status": await send(actor, activity, list(sign_with))}


async def obey() -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer = await run(**json.loads(line))
        except Exception as error:
            answer = {"error": repr(error)}
        tell(done=True, **answer)


async def main() -> None:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    tell(origin=origin)
    await obey()
    server.should_exit = True
    await serving


asyncio.run(main())
