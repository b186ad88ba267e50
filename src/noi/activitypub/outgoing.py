"""Activities as this network writes them; actors and notes have modules of their own.

Each function answers a document without `@context`, which `encode` adds to what is sent.
https://www.w3.org/TR/activitypub/#client-to-server-interactions
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from noi.activitypub import addresses
from noi.activitypub.normalize import identifier
from noi.activitypub.vocabulary import PUBLIC

Written = dict[str, object]

_GTS = "https://gotosocial.org/ns#"
_FEP_044F = "https://w3id.org/fep/044f#"
_FEP_7AA9 = "https://w3id.org/fep/7aa9#"

CONTEXT: list[object] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/data-integrity/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "ostatus": "http://ostatus.org#",
        "schema": "http://schema.org#",
        "litepub": "http://litepub.social/ns#",
        "misskey": "https://misskey-hub.net/ns#",
        "gts": _GTS,
        "sec": "https://w3id.org/security#",
        "Emoji": "toot:Emoji",
        "EmojiReact": "litepub:EmojiReact",
        "FeatureAuthorization": f"{_FEP_7AA9}FeatureAuthorization",
        "FeatureRequest": f"{_FEP_7AA9}FeatureRequest",
        "Hashtag": "as:Hashtag",
        "PropertyValue": "schema:PropertyValue",
        "QuoteAuthorization": f"{_FEP_044F}QuoteAuthorization",
        "QuoteRequest": f"{_FEP_044F}QuoteRequest",
        "_misskey_quote": "misskey:_misskey_quote",
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "always": {"@id": "gts:always", "@type": "@id"},
        "assertionMethod": {"@container": "@set", "@id": "sec:assertionMethod", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "blurhash": "toot:blurhash",
        "canAnnounce": {"@id": "gts:canAnnounce", "@type": "@id"},
        "canFeature": {"@id": f"{_FEP_7AA9}canFeature", "@type": "@id"},
        "canLike": {"@id": "gts:canLike", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "canReply": {"@id": "gts:canReply", "@type": "@id"},
        "conversation": "ostatus:conversation",
        "discoverable": "toot:discoverable",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "indexable": "toot:indexable",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
        "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "memorial": "toot:memorial",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "quote": {"@id": f"{_FEP_044F}quote", "@type": "@id"},
        "quoteAuthorization": {"@id": f"{_FEP_044F}quoteAuthorization", "@type": "@id"},
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "quoteUrl": "as:quoteUrl",
        "sensitive": "as:sensitive",
        "suspended": "toot:suspended",
        "value": "schema:value",
        "votersCount": "toot:votersCount",
        "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    },
]
"""What every document of this network is written in: constant, so that it costs nothing."""


def encode(document: Mapping[str, object]) -> str:
    """A document as it is sent, with its context."""
    return msgspec.json.encode({"@context": CONTEXT, **document}).decode()


def timestamp(time: int) -> str:
    """A time in milliseconds as RFC 3339 has it, in UTC."""
    moment = datetime.fromtimestamp(time / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"


def create(note: Written, activity_id: str) -> Written:
    """A note's Create, to the note's own audience."""
    return {
        "id": activity_id,
        "type": "Create",
        "actor": note["attributedTo"],
        "published": note["published"],
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }


def update(document: Written, actor_uri: str, time: int) -> Written:
    """Tell that a note or an actor has changed at `time` (ms)."""
    return {
        "id": f"{document['id']}#updates/{time}",
        "type": "Update",
        "actor": actor_uri,
        "published": timestamp(time),
        "to": document.get("to", [PUBLIC]),
        "cc": document.get("cc", []),
        "object": document,
    }


def delete_status(status_uri: str, actor_uri: str, to: Sequence[str], cc: Sequence[str]) -> Written:
    """Tell that a status is gone."""
    return {
        "id": f"{status_uri}#delete",
        "type": "Delete",
        "actor": actor_uri,
        "to": list(to),
        "cc": list(cc),
        "object": {"id": status_uri, "type": "Tombstone"},
    }


def delete_actor(actor_uri: str) -> Written:
    """Tell that an account is gone for ever."""
    return {
        "id": f"{actor_uri}#delete",
        "type": "Delete",
        "actor": actor_uri,
        "to": [PUBLIC],
        "object": actor_uri,
    }


def announce(
    activity_id: str,
    actor_uri: str,
    object_uri: str,
    *,
    to: Sequence[str],
    cc: Sequence[str],
    published: int,
) -> Written:
    """A reblog."""
    return {
        "id": activity_id,
        "type": "Announce",
        "actor": actor_uri,
        "published": timestamp(published),
        "to": list(to),
        "cc": list(cc),
        "object": object_uri,
    }


def announce_to_relay(activity: Mapping[str, object], actor_uri: str) -> Written:
    """Tell a relay of LitePub's kind the address of what a Create has just written (FEP-ae0c)."""
    return {
        "id": f"{activity['id']}#relayed",
        "type": "Announce",
        "actor": actor_uri,
        "to": [addresses.followers(actor_uri)],
        "object": identifier(activity["object"]),
    }


def announce_relayed(object_uri: str, actor_uri: str, unique: int) -> Written:
    """Tell those who follow a relay the address of something that was passed to it (FEP-ae0c)."""
    return {
        "id": f"{actor_uri}#announces/{unique}",
        "type": "Announce",
        "actor": actor_uri,
        "to": [addresses.followers(actor_uri)],
        "object": object_uri,
    }


def undo(activity: Written) -> Written:
    """Take an activity back; others find it by its id, or by its actor and object."""
    return {
        "id": f"{activity['id']}#undo",
        "type": "Undo",
        "actor": activity["actor"],
        **{name: activity[name] for name in ("to", "cc") if name in activity},
        "object": activity,
    }


def follow(activity_id: str, actor_uri: str, object_uri: str) -> Written:
    return _about("Follow", activity_id, actor_uri, object_uri)


def like(activity_id: str, actor_uri: str, object_uri: str) -> Written:
    """A favourite."""
    return _about("Like", activity_id, actor_uri, object_uri)


def block(activity_id: str, actor_uri: str, object_uri: str) -> Written:
    return _about("Block", activity_id, actor_uri, object_uri)


def react(
    activity_id: str, actor_uri: str, object_uri: str, content: str, tag: Written | None = None
) -> Written:
    """A reaction (FEP-c0e0): an emoji, or `:shortcode:` with its custom emoji as `tag`.

    As a Like with content, which Misskey and Pleroma's kin show, and others take for a favourite.
    """
    activity = _about("Like", activity_id, actor_uri, object_uri) | {"content": content}
    return activity if tag is None else activity | {"tag": [tag]}


def accept(follow_activity: Written, actor_uri: str, unique: int) -> Written:
    """Let someone follow; `unique` tells one acceptance of the same request from another."""
    return _answer("Accept", follow_activity, actor_uri, f"#accepts/{unique}")


def reject(follow_activity: Written, actor_uri: str, unique: int) -> Written:
    """Turn a follower down, or away."""
    return _answer("Reject", follow_activity, actor_uri, f"#rejects/{unique}")


def add(actor_uri: str, object_uri: str, target_uri: str, unique: int) -> Written:
    """Put something into a collection, such as a pinned status."""
    return _about("Add", f"{actor_uri}#adds/{unique}", actor_uri, object_uri) | {
        "to": [PUBLIC],
        "target": target_uri,
    }


def remove(actor_uri: str, object_uri: str, target_uri: str, unique: int) -> Written:
    """Take something out of a collection."""
    return _about("Remove", f"{actor_uri}#removes/{unique}", actor_uri, object_uri) | {
        "to": [PUBLIC],
        "target": target_uri,
    }


def move(actor_uri: str, target_uri: str, unique: int) -> Written:
    """Tell followers that an account goes on elsewhere."""
    return {
        "id": f"{actor_uri}#moves/{unique}",
        "type": "Move",
        "actor": actor_uri,
        "to": [f"{actor_uri}/followers"],
        "object": actor_uri,
        "target": target_uri,
    }


def flag(
    activity_id: str, actor_uri: str, account_uri: str, status_uris: Sequence[str], comment: str
) -> Written:
    """A report, in the name of the network, so that the reporter stays unnamed."""
    return {
        "id": activity_id,
        "type": "Flag",
        "actor": actor_uri,
        "content": comment,
        "object": [account_uri, *status_uris],
    }


def vote(
    vote_id: str, actor_uri: str, author_uri: str, question_uri: str, choice: str, published: int
) -> Written:
    """A vote in someone's poll: a note that nobody but its author gets."""
    return {
        "id": f"{vote_id}/activity",
        "type": "Create",
        "actor": actor_uri,
        "to": [author_uri],
        "object": {
            "id": vote_id,
            "type": "Note",
            "name": choice,
            "attributedTo": actor_uri,
            "inReplyTo": question_uri,
            "published": timestamp(published),
            "to": [author_uri],
        },
    }


def quote_request(
    activity_id: str, actor_uri: str, quoted_uri: str, quoting: Written | str
) -> Written:
    """Ask to quote a status (FEP-044f); `quoting` is the note that does so, or its id."""
    return _about("QuoteRequest", activity_id, actor_uri, quoted_uri) | {"instrument": quoting}


def quote_authorization(
    authorization_uri: str, actor_uri: str, quoting_uri: str, quoted_uri: str
) -> Written:
    """The stamp that lets one status quote another (FEP-044f)."""
    return {
        "id": authorization_uri,
        "type": "QuoteAuthorization",
        "attributedTo": actor_uri,
        "interactingObject": quoting_uri,
        "interactionTarget": quoted_uri,
    }


def feature_request(
    activity_id: str, actor_uri: str, featured_uri: str, collection_uri: str
) -> Written:
    """Ask to show an account in a collection (FEP-7aa9)."""
    return _about("FeatureRequest", activity_id, actor_uri, featured_uri) | {
        "instrument": collection_uri
    }


def feature_authorization(authorization_uri: str, actor_uri: str, collection_uri: str) -> Written:
    """The stamp that lets a collection show an account (FEP-7aa9)."""
    return {
        "id": authorization_uri,
        "type": "FeatureAuthorization",
        "attributedTo": actor_uri,
        "interactingObject": collection_uri,
        "interactionTarget": actor_uri,
    }


def accept_quote(request: Written, actor_uri: str, authorization_uri: str, unique: int) -> Written:
    """Let someone quote; `result` is where the stamp is."""
    return accept(request, actor_uri, unique) | {"result": authorization_uri}


def delete_authorization(stamp: Written | str, actor_uri: str) -> Written:
    """Take back the leave to quote or to show, by its stamp or the stamp's id."""
    uri = stamp if isinstance(stamp, str) else stamp["id"]
    return {
        "id": f"{uri}#delete",
        "type": "Delete",
        "actor": actor_uri,
        "to": [PUBLIC],
        "object": stamp,
    }


def _about(type_: str, activity_id: str, actor_uri: str, object_uri: str) -> Written:
    return {"id": activity_id, "type": type_, "actor": actor_uri, "object": object_uri}


def _answer(type_: str, activity: Written, actor_uri: str, suffix: str) -> Written:
    return {
        "id": f"{actor_uri}{suffix}",
        "type": type_,
        "actor": actor_uri,
        "to": [activity["actor"]],
        "object": activity,
    }
