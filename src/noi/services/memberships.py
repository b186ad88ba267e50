"""Being a member of an alliance whose hub is one of Nối's: its charter, our standing, leaving.

docs/protocol/alliance.md says what is asked where. Other providers have none of this.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

import msgspec

from noi.activitypub import fasp, signed_documents
from noi.activitypub.keys import BadKey
from noi.activitypub.signatures import BadSignature
from noi.activitypub.signed_documents import Json
from noi.activitypub.uris import authority_of, web_uri
from noi.db import alliance as table
from noi.db.database import Transaction
from noi.models.alliance import Provider
from noi.models.errors import Invalid
from noi.services import letters, policies, provider_calls, registrations
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.transport.client import Response
from noi.transport.errors import Gone, TransportError
from noi.ui.translation import gettext

ADMITTED, SUSPENDED, REFUSED = "admitted", "suspended", "refused"
SHUT_OUT = (SUSPENDED, REFUSED)
OWN = "alliance"
"""What calls of the protocol of our own are counted under."""
_STATES = ("asked", ADMITTED, REFUSED, SUSPENDED, "leaving", "left")
_ANSWER_BYTES = 256 * 1024
_DOCUMENT_BYTES = 2 * 1024 * 1024
"""A charter in ten languages fits, and a page of a hundred networks."""
_MAX_LINE = 300
_MAX_REASON = 2_000
_MAX_CHARTER = 40_000
_MAX_LANGUAGES = 10
_MAX_VERSION = 999_999_999

_document = msgspec.json.Decoder(dict[str, object])


class Hub(msgspec.Struct, frozen=True):
    """How a hub introduces itself; `key` is what it signs with for good, base64."""

    origin: str
    name: str
    key: str
    fingerprint: str
    charter_version: int
    contact: str


class Charter(msgspec.Struct, frozen=True):
    """A version of a hub's charter, whose signature is right; Markdown by language."""

    version: int
    texts: dict[str, str]

    def text(self, locale: str) -> str:
        """The text in a language, else in one that it has."""
        return self.texts.get(locale) or next(iter(self.texts.values()), "")


class SignedCharter(msgspec.Struct, frozen=True):
    """A charter with the document that the hub has signed, as it came."""

    charter: Charter
    document: str


class _Standing(msgspec.Struct, frozen=True, rename="camel"):
    state: str = ""
    rule: str | None = None
    reason: str | None = None
    charter_version: int | None = None


async def find(network: Network, address: str) -> Hub:
    """The hub of Nối's kind at an address, or a host. Raises Invalid."""
    wanted = address.strip().rstrip("/").lower()
    if "://" not in wanted:
        origins = [f"{scheme}://{wanted}" for scheme in network.client.schemes(wanted)]
    else:
        origins = [wanted]
    told = ""
    for origin in origins:
        if not web_uri(origin):
            raise Invalid("This is not an address", field="address")
        try:
            base = registrations.checked_base_url(network, origin)
        except Invalid as error:
            raise Invalid(error.message, field="address") from None
        if (await policies.of(network, authority_of(base))).blocked:
            raise Invalid("This network does not speak with it", field="address")
        try:
            hub = await introduce(network, base)
        except TransportError as error:
            told = str(error)
            continue
        if hub is not None:
            return hub
    if told:
        raise Invalid("The hub does not answer: {error}", field="address", error=told)
    raise Invalid("There is no hub at this address", field="address")


async def introduce(network: Network, origin: str, *, seconds: float = 10.0) -> Hub | None:
    """Who a hub is, by its own signed word; None where there is no hub. Raises TransportError."""
    try:
        document = _read(await _get(network, f"{origin}/alliance/v0", seconds))
    except Gone:
        return None
    if document is None:
        return None
    key, told = document.get("publicKey"), document.get("origin")
    if not isinstance(key, str) or told != origin:
        return None
    try:
        signed_documents.check(document, key)
        fingerprint = fasp.fingerprint(key)
    except (BadSignature, BadKey):
        return None
    return Hub(
        origin=origin,
        name=_line(document.get("name")) or origin.partition("://")[2],
        key=key,
        fingerprint=fingerprint,
        charter_version=_version(document),
        contact=_line(document.get("contact")),
    )


async def charter(network: Network, provider: Provider, *, seconds: float) -> Charter | None:
    """The charter that a hub has now; None where there is none to be had that it has signed."""
    signed = await signed_charter(network, provider, seconds=seconds)
    return signed.charter if signed else None


async def signed_charter(
    network: Network, provider: Provider, *, seconds: float, version: int = 0
) -> SignedCharter | None:
    """A version of a hub's charter (0: the one that holds), checked by the key that it is known by;
    None as `charter` says.
    """
    if not provider.hub:
        return None
    path = f"/alliance/v0/charter{f'/{version}' if version else ''}"
    try:
        signed = await _signed(network, provider, path, seconds, {"hub": provider.base_url})
    except TransportError:
        return None
    found = _charter(signed[0]) if signed else None
    return SignedCharter(found, signed[1]) if signed and found else None


async def signed_document(
    network: Network, provider: Provider, path: str, *, seconds: float
) -> dict[str, Json] | None:
    """A document at a hub that it has signed by the key that it is known by, about itself; None
    where it is not there or not signed so. Raises TransportError.
    """
    signed = await _signed(network, provider, path, seconds, {"hub": provider.base_url})
    return signed[0] if signed else None


def read_charter(document: str) -> Charter:
    """A charter that was checked and kept. Raises ValueError for what is none."""
    found = _charter(cast("dict[str, Json]", _document.decode(document)))
    if found is None:
        raise ValueError("no charter")
    return found


def _charter(document: Mapping[str, Json]) -> Charter | None:
    texts, version = document.get("texts"), document.get("version")
    numbered = isinstance(version, int) and 0 < version <= _MAX_VERSION
    if not isinstance(texts, dict) or not isinstance(version, int) or not numbered:
        return None
    kept = {
        code: clean_text(text)[:_MAX_CHARTER]
        for code, text in list(texts.items())[:_MAX_LANGUAGES]
        if isinstance(text, str)
    }
    return Charter(version, kept)


async def vouches(
    network: Network, provider: Provider, our_fingerprint: str, *, seconds: float
) -> bool:
    """Whether a hub says, signed by the key that it is known by, that both keys are the right ones.

    So nobody else can have registered here in its name.
    """
    if not provider.hub:
        return False
    host = network.settings.host
    about = {"host": host, "publicKey": provider.public_key, "theirFingerprint": our_fingerprint}
    path = f"/alliance/v0/requests/{host}"
    try:
        return await _signed(network, provider, path, seconds, about) is not None
    except TransportError:
        return False


async def ask(network: Network, origin: str) -> None:
    """Ask a hub to take this network in: it registers here then. Raises Invalid, TransportError."""
    body = msgspec.json.encode({"host": network.settings.host})
    url, headers = f"{origin}/alliance/v0/requests", {"Content-Type": "application/json"}
    response = await network.client.request(
        "POST", url, headers=headers, body=body, limit_bytes=_ANSWER_BYTES, truncate=True
    )
    if not 200 <= response.status < 300:
        told = (_read(response, any_status=True) or {}).get("error")
        text = _line(told) or str(response.status)
        raise Invalid("The hub answers: {text}", field="address", text=text)


async def refresh(network: Network, provider: Provider) -> str:
    """Ask a hub how we stand to its alliance, and tell the owners where that changes; answers it,
    or what is known where the hub does not answer.
    """
    if not provider.hub:
        return provider.membership
    try:
        answer = await provider_calls.call(
            network, provider, OWN, "GET", "/alliance/v0/membership", limit_bytes=_ANSWER_BYTES
        )
        told = msgspec.json.decode(answer.body, type=_Standing)
    except (TransportError, msgspec.MsgspecError, UnicodeDecodeError):
        return provider.membership
    membership = told.state if told.state in _STATES else ""
    if membership == ADMITTED and (told.charter_version or 0) < provider.charter_version:
        await _agree(network, provider)
    changes: dict[str, object] = {
        "membership": membership,
        "rule_text": _line(told.rule),
        "reason": clean_text(told.reason or "").strip()[:_MAX_REASON],
    }

    async def work(tx: Transaction) -> None:
        before = await table.get_locked(tx, provider.id)
        if before is None:
            return
        await table.update(tx, provider.id, changes)
        after = msgspec.structs.replace(before, **changes)
        if after.membership != before.membership:
            await _tell(tx, network, after)

    await network.db.transaction(work)
    return membership


async def _agree(network: Network, provider: Provider) -> None:
    """Tell a hub which version of its charter was agreed to here."""
    body = msgspec.json.encode({"charterVersion": provider.charter_version})
    with suppress(TransportError):  # noted where the call was made; it is tried again
        await provider_calls.call(network, provider, OWN, "POST", "/alliance/v0/membership", body)


async def end(network: Network, provider: Provider) -> bool:
    """Leave an alliance; whether the hub has given its receipt, or is none of ours."""
    if not provider.hub:
        return True
    try:
        if provider.membership != "leaving":
            await provider_calls.call(network, provider, OWN, "DELETE", "/alliance/v0/membership")
            changes = {"membership": "leaving"}
            await network.db.transaction(lambda tx: table.update(tx, provider.id, changes))
        host = network.settings.host
        path = f"/alliance/v0/receipts/{host}"
        receipt = await _signed(network, provider, path, 10.0, {"host": host})
    except TransportError:
        return False
    if receipt is None:
        return False
    kept = {"receipt": receipt[1]}
    await network.db.transaction(lambda tx: table.update(tx, provider.id, kept))
    return True


async def _signed(
    network: Network, provider: Provider, path: str, seconds: float, about: Mapping[str, str]
) -> tuple[dict[str, Json], str] | None:
    """What a hub has signed by the key that it is known by, read and as it came; None where it is
    not there, not signed so, or not `about` what it should be. Raises TransportError.
    """
    try:
        response = await _get(network, f"{provider.base_url}{path}", seconds)
        document = _read(response)
        if document is None:
            return None
        signed_documents.check(document, provider.hub_key)
    except (Gone, BadSignature, BadKey):
        return None
    right = about.items() <= document.items()
    return (document, response.body.decode()) if right else None


async def _get(network: Network, url: str, seconds: float) -> Response:
    """A document that anybody may read, from that address itself."""
    async with network.client.in_time(url, seconds):
        response = await network.client.request(
            "GET", url, headers={"Accept": "application/json"}, limit_bytes=_DOCUMENT_BYTES
        )
    if response.status in (404, 410):
        raise Gone(f"{url}: {response.status}", for_good=False)
    return response


def _read(response: Response, *, any_status: bool = False) -> dict[str, Json] | None:
    if not (any_status or response.status == 200):
        return None
    try:
        return cast("dict[str, Json]", _document.decode(response.body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _version(document: Mapping[str, Json]) -> int:
    version = document.get("charterVersion")
    return version if isinstance(version, int) else 0


def _line(text: object) -> str:
    return clean_name(clean_text(text))[:_MAX_LINE] if isinstance(text, str) else ""


async def _tell(tx: Transaction, network: Network, provider: Provider) -> None:
    """An e-mail to those who run the network about what an alliance has decided."""
    if provider.membership not in (ADMITTED, *SHUT_OUT):
        return

    def write(locale: str) -> tuple[str, str]:
        subject = _subject(locale, provider)
        body = gettext(
            locale,
            "Hello,\n\n{what}.\n\nThe rule: {rule}\nThe reason: {reason}\n\nMore about it, and "
            "whom to ask:\n\n{link}\n",
            what=subject,
            rule=provider.rule_text or "–",
            reason=provider.reason or "–",
            link=f"{network.settings.origin}/owner/alliance/{provider.id}",
        )
        return subject, body

    await letters.send_to_admins(tx, network, write)


def _subject(locale: str, provider: Provider) -> str:
    name = provider.name or provider.host
    match provider.membership:
        case "admitted":
            return gettext(locale, "{name} has taken this network in", name=name)
        case "suspended":
            return gettext(locale, "{name} has suspended this network", name=name)
        case _:
            return gettext(locale, "{name} has turned this network down", name=name)
