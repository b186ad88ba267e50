"""The alliance's charter: each version is signed, and kept for good."""

from collections.abc import Mapping

import msgspec

from noi.activitypub.signatures import encode_base64
from noi.activitypub.signed_documents import Json, canonical
from noi.db.database import Transaction
from noi.db.hub import charters as table
from noi.models.accounts import Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound, too_long
from noi.models.hub import Charter, MemberState
from noi.models.ids import now_ms
from noi.services import keys
from noi.services.hub import identity, letters, members
from noi.services.network import Network
from noi.text.clean import clean_text
from noi.text.language import valid_language

MAX_CHARACTERS = 40_000
MAX_LANGUAGES = 10


async def current(network: Network) -> Charter | None:
    """The version that holds, None before the first."""
    return await table.current(network.db)


async def get(network: Network, version: int) -> Charter:
    """One version. Raises NotFound."""
    charter = await table.get(network.db, version)
    if charter is None:
        raise NotFound
    return charter


async def fetch_all(network: Network) -> list[Charter]:
    """All versions, newest first."""
    return await table.fetch_all(network.db)


async def publish(network: Network, texts: Mapping[str, str], steward: Viewer | None) -> Charter:
    """Sign a new version and tell all members of it; `texts` are Markdown by language.

    `steward` is None for the operator at the command line. Raises Forbidden below admins, Invalid,
    and Conflict where somebody publishes another at the same moment.
    """
    if steward is not None and steward.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins publish the charter")
    kept = _checked(texts)
    last = await table.current(network.db)
    if last is not None and last.texts == kept:
        return last
    charter = Charter(
        version=last.version + 1 if last else 1,
        texts_json=msgspec.json.encode(kept).decode(),
        signature="",
        steward_id=steward.account_id if steward else None,
        created_at=now_ms(),
    )
    key = (await keys.instance_key(network)).ed25519_private_key
    signature = encode_base64(key.sign(canonical(_document(network, charter))))
    charter = msgspec.structs.replace(charter, signature=signature)
    told = await members.fetch_all(network, [MemberState.ADMITTED])

    async def work(tx: Transaction) -> None:
        if not await table.insert(tx, charter):
            raise Conflict("Somebody else has just published a version")
        for member in told:
            await letters.send_charter(tx, network, member, charter.version)

    await network.db.transaction(work)
    return charter


async def signed_document(network: Network, version: int) -> dict[str, Json]:
    """A version as its members read and check it. Raises NotFound."""
    charter = await get(network, version)
    return {**_document(network, charter), "signature": charter.signature}


def _document(network: Network, charter: Charter) -> dict[str, Json]:
    return {
        "type": "Charter",
        "hub": network.settings.origin,
        "version": charter.version,
        "texts": dict(charter.texts),
        "published": identity.day_and_time(charter.created_at),
    }


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    kept = {code: clean_text(text).strip() for code, text in texts.items()}
    kept = {code: text for code, text in kept.items() if text}
    if not kept:
        raise Invalid("The charter is empty", field="texts", code="ERR_BLANK")
    for code, text in kept.items():
        if not valid_language(code) or len(kept) > MAX_LANGUAGES:
            raise Invalid("This is not a language code", field="texts")
        if len(text) > MAX_CHARACTERS:
            raise too_long(f"text_{code}", MAX_CHARACTERS)
    return kept
