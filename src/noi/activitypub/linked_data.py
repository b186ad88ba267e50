"""Linked-data signatures, `RsaSignature2017`: for what relays and servers forward.

https://docs.joinmastodon.org/spec/security/#ld, https://www.w3.org/TR/rdf-canon/ (URDNA2015).

The signature covers the meaning of a document (its RDF graph), not its text: terms that no context
defines are not signed, and a context can rename the others. So what `verify` returns is the signed
meaning, written anew in the terms everybody uses, and the text that came must not be read.

`pyld` costs 28 MiB and a fifth of a second: it is imported at the first use, and kept off the
network by a loader that knows the bundled contexts only.
"""

import hashlib
import importlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import ModuleType
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from noi.activitypub import contexts
from noi.activitypub.keys import PublicKey, sign_bytes
from noi.activitypub.signatures import BadSignature, Claim, decode_base64, encode_base64
from noi.activitypub.signatures import verify as verify_claim

# Normalising is cheap for what servers send and exponential for what an attacker may send
# ("dataset poisoning"), so the work is bounded before each step.
_MAX_DEPTH = 24
_MAX_VALUES = 4000
_MAX_CHARACTERS = 512 * 1024
_MAX_CONTEXTS = 12
_MAX_CONTEXT_VALUES = 1000
_MAX_BLANK_NODES = 200
_MAX_ALIKE = 4
_MAX_COMPARISONS = 400

_OPTION_NAMES = ("creator", "created", "nonce", "domain", "expires")
# Whatever else JSON-LD can do would let the same graph be written around another root.
_PLAIN_KEYWORDS = frozenset({"@id", "@type", "@value", "@language", "@list"})
_PROOF = "https://w3id.org/security#proof"
_IRI = re.compile(r'(?!relative:)[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f\s<>"{}|^`\\]*')
# What is relative in a document is made absolute under this, so that it can be told and refused:
# other servers leave it out of what is signed.
_BASE = "relative://relative.invalid/"
_LANGUAGE = re.compile(r"[A-Za-z0-9_-]{1,40}")

Document = Mapping[str, Any]


def creator(document: Document) -> str | None:
    """The id of the key that is said to have signed the document; None without a signature."""
    signature: Any = document.get("signature")
    if not isinstance(signature, dict):
        return None
    fields = cast("dict[str, Any]", signature)
    named: Any = fields.get("creator")
    return named if fields.get("type") == "RsaSignature2017" and isinstance(named, str) else None


def sign(
    document: Document, private_key: RSAPrivateKey, key_id: str, created: int
) -> dict[str, Any]:
    """The document with a `signature` by the key `key_id`; `created` in ms.

    Takes milliseconds: call it in a thread. Raises UnknownContext or BadSignature for a document
    that we should not have written.
    """
    at = datetime.fromtimestamp(created // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    options = {"creator": key_id, "created": at}
    base = _base(_expand(_unsigned(document)), options)
    value = encode_base64(sign_bytes(private_key, base))
    signature = {"type": "RsaSignature2017", **options, "signatureValue": value}
    return {**document, "signature": signature}


def verify(document: Document, public_key: PublicKey) -> dict[str, Any]:
    """The document as it was signed, compacted to the usual terms; read nothing else of it.

    Raises BadSignature, or UnknownContext for a context that is not bundled. Takes milliseconds:
    call it in a worker. Whether the key belongs to the document's actor is for the caller.
    """
    key_id = creator(document)
    if key_id is None:
        raise BadSignature("The document has no linked-data signature")
    fields = cast("dict[str, Any]", document["signature"])
    options = {name: fields[name] for name in _OPTION_NAMES if name in fields}
    value: Any = fields.get("signatureValue")
    if not isinstance(value, str) or not all(isinstance(item, str) for item in options.values()):
        raise BadSignature("The linked-data signature is malformed")
    expanded = _expand(_unsigned(document))
    base = _base(expanded, cast("dict[str, str]", options))
    signature = decode_base64("".join(value.split()))
    verify_claim(Claim(key_id, signature, (base,), algorithm="rsa-v1_5-sha256"), public_key)
    return _compact(expanded)


def _unsigned(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "signature"}


def _base(expanded: list[Any], options: Mapping[str, str]) -> bytes:
    signed_options = _expand({"@context": contexts.IDENTITY_V1, **options})
    return (_graph_hash(signed_options) + _graph_hash(expanded)).encode("ascii")


def _graph_hash(expanded: list[Any]) -> str:
    return hashlib.sha256(_normalize(expanded).encode("utf-8", "replace")).hexdigest()


@cache
def _pyld() -> ModuleType:
    return importlib.import_module("pyld.jsonld")


def _load(url: str, _options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": contexts.load(url),
    }


def _expand(document: Document) -> list[Any]:
    """Expanded form, held to what servers send. Raises BadSignature, UnknownContext."""
    _check_size(document)
    expanded: list[Any] = _run("expand", dict(document))
    if len(expanded) != 1:
        raise BadSignature("The signed document is not one object")
    _check_plain(expanded[0])
    return expanded


def _compact(expanded: list[Any]) -> dict[str, Any]:
    compacted: dict[str, Any] = _run("compact", _signed_part(expanded), contexts.extensions())
    return compacted


def _signed_part(value: Any) -> Any:
    """Without the terms that no context defines, which ActivityStreams maps to blank nodes.

    And without an integrity proof, which does not hold for the document written anew.
    """
    if isinstance(value, list):
        return [
            _signed_part(item)
            for item in cast("list[Any]", value)
            if not (isinstance(item, str) and item.startswith("_:"))
        ]
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        if "@value" in node:
            return node
        return {
            name: _signed_part(item)
            for name, item in node.items()
            if not name.startswith("_:") and name != _PROOF
        }
    return value


def _run(verb: str, *values: Any) -> Any:
    pyld = _pyld()
    try:
        return getattr(pyld, verb)(*values, options={"documentLoader": _load, "base": _BASE})
    except pyld.JsonLdError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, contexts.UnknownContext):
                raise cause from None
            cause = cause.__cause__
        raise BadSignature("The signed document is not valid JSON-LD") from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        # pyld trusts its input's types in places; a stranger's document must not end in a trace.
        raise BadSignature("The signed document is not valid JSON-LD") from None


def _check_size(document: Document) -> None:
    values = characters = contexts_seen = context_values = 0
    waiting: list[tuple[Any, int, bool]] = [(document, 1, False)]
    while waiting:
        value, depth, in_context = waiting.pop()
        values += 1
        context_values += in_context
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            contexts_seen += "@context" in members
            characters += sum(map(len, members))
            waiting.extend(
                (item, depth + 1, in_context or name == "@context")
                for name, item in members.items()
            )
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            waiting.extend((item, depth + 1, in_context) for item in items)
        if (
            depth > _MAX_DEPTH
            or values > _MAX_VALUES
            or characters > _MAX_CHARACTERS
            or contexts_seen > _MAX_CONTEXTS
            or context_values > _MAX_CONTEXT_VALUES
        ):
            raise BadSignature("The signed document is too large or too deep")


def _check_plain(root: Any) -> None:
    """Refuse what the graph would leave out or could be made to hide.

    That is: unusual keywords, explicit blank nodes, ids that are no absolute IRIs (they are not
    signed), and characters in them that would end an IRI in N-Quads.
    """
    blank = 0
    waiting: list[Any] = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(cast("list[Any]", value))
        elif isinstance(value, dict):
            node = cast("dict[str, Any]", value)
            if not _plain(node):
                raise BadSignature("The signed document uses JSON-LD in an unusual way")
            blank += node.keys().isdisjoint(("@id", "@value", "@list"))
            waiting.extend(
                # An integrity proof stands in a graph of its own.
                [graph["@graph"] if graph.keys() == {"@graph"} else graph for graph in item]
                if name == _PROOF
                else item
                for name, item in node.items()
                if name not in ("@id", "@type")
            )
    if blank > _MAX_BLANK_NODES:
        raise BadSignature("The signed document has too many parts without an id")


def _plain(node: dict[str, Any]) -> bool:
    # Terms that no context defines become blank nodes; `_signed_part` drops them.
    names: list[Any] = [
        name for name in node if name not in _PLAIN_KEYWORDS and not name.startswith("_:")
    ]
    types: Any = node.get("@type", [])
    if isinstance(types, list):
        names += [name for name in cast("list[Any]", types) if str(name)[:2] != "_:"]
    else:
        names.append(types)
    names += [node["@id"]] if "@id" in node else []
    return (
        all(isinstance(name, str) and _IRI.fullmatch(name) for name in names)
        and not isinstance(node.get("@value"), dict | list)
        and _LANGUAGE.fullmatch(node.get("@language", "und")) is not None
    )


def _normalize(expanded: list[Any]) -> str:
    """Canonical N-Quads. Raises BadSignature where that would take long."""
    dataset = _run("to_rdf", expanded)
    algorithm: Any = importlib.import_module("pyld.canon").URDNA2015()
    related_nodes = algorithm.create_hash_to_related
    comparisons = 0

    def bounded(id_: str, issuer: Any) -> dict[str, list[str]]:
        nonlocal comparisons
        comparisons += 1
        related: dict[str, list[str]] = related_nodes(id_, issuer)
        if comparisons > _MAX_COMPARISONS or any(len(n) > _MAX_ALIKE for n in related.values()):
            raise BadSignature("The signed document has too many parts that look alike")
        return related

    # Every step of the costly part asks here first; it tries all orders of nodes that look alike.
    algorithm.create_hash_to_related = bounded
    canonical: str = algorithm.main(dataset, {"format": "application/n-quads"})
    return canonical
