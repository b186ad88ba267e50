"""The words of ActivityStreams and its extensions, as real servers write them."""

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
"""The collection that means everybody, as it is always written here."""

PUBLIC_SPELLINGS = frozenset({PUBLIC, "as:Public", "Public"})
"""What others send for `PUBLIC` (ActivityPub 5.6 allows the compacted forms)."""

AS = "https://www.w3.org/ns/activitystreams#"
"""The namespace whose every term is meant, whatever the name."""

ACTOR_TYPES = frozenset({"Person", "Service", "Application", "Group", "Organization"})

COLLECTION_TYPES = frozenset(
    {
        "Collection",
        "OrderedCollection",
        "CollectionPage",
        "OrderedCollectionPage",
        "FeaturedCollection",
    }
)

PAGE_TYPES = frozenset({"CollectionPage", "OrderedCollectionPage"})

_ACTIVITIES = """
    Accept Add Announce AnnounceRequest Arrive Block Create Delete Dislike EmojiReact
    FeatureRequest Flag Follow Ignore Invite Join Leave Like LikeRequest Listen Lock Move Offer
    QuoteRequest Read Reject Remove ReplyRequest Resolve TentativeAccept TentativeReject Travel
    Undo Update View Warn
"""

ACTIVITY_TYPES = frozenset(_ACTIVITIES.split())

AUTHORIZATION_TYPES = frozenset(
    {
        "AnnounceAuthorization",
        "FeatureAuthorization",
        "LikeAuthorization",
        "QuoteAuthorization",
        "ReplyAuthorization",
    }
)

NOTE_TYPES = frozenset({"Note", "Question", "ChatMessage", "Answer"})
"""Short forms, whose `summary` is a content warning."""

TITLED_TYPES = frozenset({"Article", "Page", "Video", "Audio", "Image", "Event", "Document"})
"""Forms with a `name` for a title, whose `summary` is an abstract."""

OBJECT_TYPES = NOTE_TYPES | TITLED_TYPES | {"Tombstone"}

PREFIXES = {
    "as": AS,
    "fedibird": "http://fedibird.com/ns#",
    "gts": "https://gotosocial.org/ns#",
    "ldp": "http://www.w3.org/ns/ldp#",
    "lemmy": "https://join-lemmy.org/ns#",
    "litepub": "http://litepub.social/ns#",
    "misskey": "https://misskey-hub.net/ns#",
    "ostatus": "http://ostatus.org#",
    "pt": "https://joinpeertube.org/ns#",
    "schema": "http://schema.org#",
    "sec": "https://w3id.org/security#",
    "toot": "http://joinmastodon.org/ns#",
}
"""Prefixes that stand in compact IRIs without being looked up in the document's context."""

EXTENSION_TERMS = {
    "fedibird:quoteUri": "quoteUri",
    "gts:always": "always",
    "gts:approvalRequired": "approvalRequired",
    "gts:approvedBy": "approvedBy",
    "gts:automaticApproval": "automaticApproval",
    "gts:canAnnounce": "canAnnounce",
    "gts:canLike": "canLike",
    "gts:canQuote": "canQuote",
    "gts:canReply": "canReply",
    "gts:interactingObject": "interactingObject",
    "gts:interactionPolicy": "interactionPolicy",
    "gts:interactionTarget": "interactionTarget",
    "gts:manualApproval": "manualApproval",
    "ldp:inbox": "inbox",
    "lemmy:moderators": "moderators",
    "lemmy:postingRestrictedToMods": "postingRestrictedToMods",
    "lemmy:removeData": "removeData",
    "lemmy:stickied": "stickied",
    "litepub:ChatMessage": "ChatMessage",
    "litepub:EmojiReact": "EmojiReact",
    "misskey:_misskey_content": "_misskey_content",
    "misskey:_misskey_quote": "_misskey_quote",
    "misskey:_misskey_reaction": "_misskey_reaction",
    "misskey:_misskey_votes": "_misskey_votes",
    "ostatus:conversation": "conversation",
    "pt:commentsEnabled": "commentsEnabled",
    "schema:PropertyValue": "PropertyValue",
    "schema:identifier": "identifier",
    "schema:inLanguage": "inLanguage",
    "schema:value": "value",
    "sec:assertionMethod": "assertionMethod",
    "sec:controller": "controller",
    "sec:owner": "owner",
    "sec:proof": "proof",
    "sec:publicKey": "publicKey",
    "sec:publicKeyMultibase": "publicKeyMultibase",
    "sec:publicKeyPem": "publicKeyPem",
    "sec:signature": "signature",
    "toot:Emoji": "Emoji",
    "toot:attributionDomains": "attributionDomains",
    "toot:blurhash": "blurhash",
    "toot:discoverable": "discoverable",
    "toot:featured": "featured",
    "toot:featuredTags": "featuredTags",
    "toot:focalPoint": "focalPoint",
    "toot:indexable": "indexable",
    "toot:memorial": "memorial",
    "toot:suspended": "suspended",
    "toot:votersCount": "votersCount",
}
"""Compact IRIs outside `AS` that are read, and the plain names they are read under."""

_SCHEMA = "http://schema.org/"  # as often as with a #

FULL_TERMS = {
    "https://w3id.org/fep/044f#quote": "quote",
    "https://w3id.org/fep/044f#quoteAuthorization": "quoteAuthorization",
    "https://w3id.org/fep/044f#QuoteAuthorization": "QuoteAuthorization",
    "https://w3id.org/fep/044f#QuoteRequest": "QuoteRequest",
    "https://w3id.org/fep/7aa9#FeatureAuthorization": "FeatureAuthorization",
    "https://w3id.org/fep/7aa9#FeaturedCollection": "FeaturedCollection",
    "https://w3id.org/fep/7aa9#FeatureRequest": "FeatureRequest",
    "https://purl.archive.org/socialweb/webfinger#webfinger": "webfinger",
    "https://webfinger.net/#": "webfinger",
    _SCHEMA + "PropertyValue": "PropertyValue",
    _SCHEMA + "identifier": "identifier",
    _SCHEMA + "inLanguage": "inLanguage",
    _SCHEMA + "value": "value",
} | {
    PREFIXES[compact.partition(":")[0]] + compact.partition(":")[2]: plain
    for compact, plain in EXTENSION_TERMS.items()
}
"""The same as whole IRIs, for documents in expanded form."""
