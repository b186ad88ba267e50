"""Instance, in both versions, and Rule: https://docs.joinmastodon.org/entities/Instance/"""

import msgspec

from noi.api.entities.accounts import AccountEntity, account_entities
from noi.media.results import MAX_PIXELS
from noi.media.sniff import CONTENT_TYPES
from noi.models.moderation import Rule
from noi.services import composing, instance, pins, profiles, rules, settings
from noi.services.network import Network
from noi.services.settings import NetworkSettings, Registrations
from noi.text.counting import URL_LENGTH
from noi.ui.static_files import static_url

API_VERSION = 9
"""What apps may count on (`api_versions.mastodon`): they offer quotes from 7 on, editing one's
profile from 9 on, and collections of accounts, which are not here, from 10 on."""

_OTHER_NAMES = (
    "image/heif",
    "video/quicktime",
    "audio/wave",
    "audio/x-wav",
    "audio/mp3",
    "audio/m4a",
    "audio/x-m4a",
)
MEDIA_TYPES = list(dict.fromkeys([*CONTENT_TYPES.values(), *_OTHER_NAMES]))
_MAX_FEATURED_TAGS = 10
_VIDEO_PIXELS = 8_294_400
_FRAME_RATE = 120


class RuleEntity(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Rule/"""

    id: str
    text: str
    hint: str
    translations: dict[str, dict[str, str]]


def rule_entity(rule: Rule) -> RuleEntity:
    return RuleEntity(str(rule.id), rule.text, rule.hint, {})


async def instance_v2(network: Network) -> dict[str, object]:
    """The network as `GET /api/v2/instance` shows it."""
    own = await settings.get(network)
    used = await instance.usage(network)
    return {
        "domain": network.settings.host,
        "title": own.name,
        "version": instance.VERSION,
        "source_url": f"{network.settings.origin}/about",
        "description": own.short_description,
        "usage": {"users": {"active_month": used.active_month}},
        "thumbnail": _thumbnail(network, own),
        "icon": [],
        "languages": list(own.languages),
        "configuration": _configuration_v2(network, own),
        "registrations": _registrations(own),
        "api_versions": {"mastodon": API_VERSION},
        "contact": {"email": own.contact_email, "account": await _contact(network, own)},
        "rules": [rule_entity(rule) for rule in await rules.fetch_all(network)],
        "wrapstodon": None,
    }


async def instance_v1(network: Network) -> dict[str, object]:
    """The network as older apps ask for it: https://docs.joinmastodon.org/entities/V1_Instance/"""
    own = await settings.get(network)
    used = await instance.usage(network)
    return {
        "uri": network.settings.host,
        "title": own.name,
        "short_description": own.short_description,
        "description": instance.document(network, own.description),
        "email": own.contact_email,
        "version": instance.VERSION,
        "urls": {"streaming_api": network.settings.streaming_origin},
        "stats": {"user_count": used.users, "status_count": used.statuses, "domain_count": 0},
        "thumbnail": _picture(network, own),
        "languages": list(own.languages),
        "registrations": own.registrations in (Registrations.OPEN, Registrations.APPROVAL),
        "approval_required": own.registrations == Registrations.APPROVAL,
        "invites_enabled": own.registrations != Registrations.CLOSED,
        "configuration": _configuration(network),
        "contact_account": await _contact(network, own),
        "rules": [rule_entity(rule) for rule in await rules.fetch_all(network)],
        "max_toot_chars": composing.MAX_CHARACTERS,
    }


def _configuration(network: Network) -> dict[str, object]:
    """The limits that both versions show."""
    return {
        "accounts": {
            "max_featured_tags": _MAX_FEATURED_TAGS,
            "max_pinned_statuses": pins.MAX_PINS,
            "max_display_name_length": profiles.MAX_DISPLAY_NAME,
            "max_note_length": profiles.MAX_NOTE,
            "max_avatar_description_length": profiles.MAX_DESCRIPTION,
            "max_header_description_length": profiles.MAX_DESCRIPTION,
            "max_profile_fields": profiles.MAX_FIELDS,
            "profile_field_name_limit": profiles.MAX_FIELD,
            "profile_field_value_limit": profiles.MAX_FIELD,
        },
        "statuses": {
            "max_characters": composing.MAX_CHARACTERS,
            "max_media_attachments": composing.MAX_MEDIA,
            "characters_reserved_per_url": URL_LENGTH,
            "supported_mime_types": ["text/plain", "text/markdown"],
        },
        "media_attachments": {
            "description_limit": 1500,
            "image_matrix_limit": MAX_PIXELS,
            "image_size_limit": network.settings.max_image_bytes,
            "supported_mime_types": MEDIA_TYPES,
            "video_frame_rate_limit": _FRAME_RATE,
            "video_matrix_limit": _VIDEO_PIXELS,
            "video_size_limit": network.settings.max_video_bytes,
        },
        "polls": {
            "max_options": composing.MAX_POLL_OPTIONS,
            "max_characters_per_option": composing.MAX_POLL_OPTION_CHARACTERS,
            "min_expiration": composing.MIN_POLL_SECONDS,
            "max_expiration": composing.MAX_POLL_SECONDS,
        },
    }


def _configuration_v2(network: Network, own: NetworkSettings) -> dict[str, object]:
    origin = network.settings.origin
    access = "public" if own.local_timeline_public else "authenticated"
    feeds = {"local": access, "remote": access}
    return {
        "urls": {
            "streaming": network.settings.streaming_origin,
            "status": None,
            "about": f"{origin}/about",
            "privacy_policy": f"{origin}/about#privacy",
            "terms_of_service": f"{origin}/about#terms" if own.terms else None,
        },
        "vapid": {"public_key": ""},
        **_configuration(network),
        "translation": {"enabled": False},
        "timelines_access": {
            "live_feeds": feeds,
            "hashtag_feeds": feeds,
            "trending_link_feeds": {"local": "disabled", "remote": "disabled"},
        },
        "limited_federation": False,
    }


def _registrations(own: NetworkSettings) -> dict[str, object]:
    enabled = own.registrations in (Registrations.OPEN, Registrations.APPROVAL)
    return {
        "enabled": enabled,
        "approval_required": own.registrations == Registrations.APPROVAL,
        "reason_required": own.registrations == Registrations.APPROVAL,
        "message": own.registration_message or None,
        "min_age": own.min_age or None,
        "url": None,
    }


def _picture(network: Network, own: NetworkSettings) -> str:
    if own.thumbnail:
        return network.storage.url(own.thumbnail)
    return network.settings.origin + static_url("header.png")


def _thumbnail(network: Network, own: NetworkSettings) -> dict[str, object]:
    url = _picture(network, own)
    return {
        "url": url,
        "blurhash": None,
        "description": "",
        "versions": {"@1x": url, "@2x": url},
    }


async def _contact(network: Network, own: NetworkSettings) -> AccountEntity | None:
    if own.contact_account_id is None:
        return None
    found = await account_entities(network, [own.contact_account_id])
    return found[0] if found else None
