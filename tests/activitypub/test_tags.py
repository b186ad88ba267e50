from activitypub.documents import ANH, HOME, MISSKEY_NOTE, OWNCAST_NOTE
from noi.activitypub.tags import MAX_TAGS, Emoji, Hashtag, Mention, Tags, read_tags


def test_misskey() -> None:
    tags = read_tags(MISSKEY_NOTE["tag"])
    assert tags.hashtags == (Hashtag("猫", "https://misskey.example/tags/猫"),)
    assert tags.emojis == (
        Emoji(
            "https://misskey.example/emojis/neko",
            "neko",
            "https://files.misskey.example/neko.png",
            "image/png",
            1_683_356_889_010,
        ),
    )


def test_a_single_tag() -> None:
    assert read_tags(OWNCAST_NOTE["tag"]).hashtags[0].name == "live"


def test_mentions_need_an_address_but_no_name() -> None:
    tags = read_tags(
        [
            {"type": "Mention", "href": ANH},
            {"type": "Mention", "href": ANH, "name": "@anh"},
            {"type": "Mention", "name": "@nobody"},
            {"type": "Mention", "href": "mailto:anh@social.example", "name": "@anh"},
        ]
    )
    assert tags.mentions == (Mention(ANH, ""), Mention(ANH, "@anh"))


def test_emojis_with_other_icons() -> None:
    tags = read_tags(
        [
            {"type": "toot:Emoji", "name": "a", "icon": f"{HOME}/a.png"},
            {"type": "Emoji", "name": ":b:", "icon": {"type": "Link", "href": f"{HOME}/b.png"}},
            {"type": "Emoji", "name": ":c:", "icon": [{"url": [f"{HOME}/c.png"]}]},
            {"type": "Emoji", "name": "::", "icon": f"{HOME}/d.png"},
            {"type": "Emoji", "name": ":e:"},
        ]
    )
    assert [(emoji.name, emoji.url) for emoji in tags.emojis] == [
        ("a", f"{HOME}/a.png"),
        ("b", f"{HOME}/b.png"),
        ("c", f"{HOME}/c.png"),
    ]


def test_links_that_quote() -> None:
    link = {
        "type": "Link",
        "mediaType": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "href": f"{HOME}/notes/1",
        "name": "RE: …",
    }
    assert read_tags([link]).quote == ""
    assert read_tags([{**link, "rel": "https://misskey-hub.net/ns#_misskey_quote"}]).quote
    assert read_tags({**link, "rel": ["alternate", "https://w3id.org/fep/044f#quote"]}).quote


def test_others_are_left_out() -> None:
    others: list[object] = [
        {"type": "CommunityPostTag", "id": ANH},
        {"type": "Infohash"},
        "x",
        None,
        {},
        [],
    ]
    assert read_tags(others) == read_tags(None) == read_tags([]) == Tags()


def test_bounded() -> None:
    many = [{"type": "Hashtag", "name": f"#t{number}"} for number in range(MAX_TAGS + 9)]
    assert len(read_tags(many).hashtags) == MAX_TAGS
    assert len(read_tags([{"type": "Hashtag", "name": "#" + "a" * 999}]).hashtags[0].name) == 256
