import pytest

from activitypub.documents import ANH, GOTOSOCIAL_KEY, HOME, actor, note
from noi.activitypub.actors import ProfileField, read_actor
from noi.activitypub.links import Picture
from noi.models.errors import BadDocument


def test_mastodon() -> None:
    read = read_actor(
        actor(
            webfinger="anh@social.example",
            name="Ánh :hoa:",
            summary="<p>Chào</p>",
            url=f"{HOME}/@anh",
            outbox=f"{ANH}/outbox",
            followers=f"{ANH}/followers",
            following=f"{ANH}/following",
            featured=f"{ANH}/collections/featured",
            featuredTags=f"{ANH}/collections/tags",
            manuallyApprovesFollowers=True,
            discoverable=True,
            indexable=False,
            memorial=True,
            suspended=True,
            movedTo="https://new.example/users/anh",
            alsoKnownAs=["https://old.example/users/anh", "x"],
            published="2022-10-03T00:00:00Z",
            endpoints={"sharedInbox": f"{HOME}/inbox"},
            icon={"type": "Image", "mediaType": "image/png", "url": f"{HOME}/a.png", "name": "mèo"},
            attributionDomains=["Báo.example", "news.example", "", "a b"],
            tag={"type": "Emoji", "name": ":hoa:", "icon": {"url": f"{HOME}/hoa.png"}},
        )
    )
    assert (read.username, read.webfinger, read.name) == ("anh", "anh@social.example", "Ánh :hoa:")
    assert (read.url, read.shared_inbox) == (f"{HOME}/@anh", f"{HOME}/inbox")
    assert (read.locked, read.discoverable, read.indexable) == (True, True, False)
    assert read.memorial
    assert read.suspended
    assert read.moved_to == "https://new.example/users/anh"
    assert read.also_known_as == ("https://old.example/users/anh",)
    assert read.published == 1_664_755_200_000
    assert read.icon == Picture(f"{HOME}/a.png", "image/png", "mèo")
    assert read.attribution_domains == ("xn--bo-mia.example", "news.example")
    assert [emoji.name for emoji in read.emojis] == ["hoa"]


def test_little_is_needed() -> None:
    read = read_actor(actor())
    assert (read.url, read.name, read.shared_inbox, read.icon) == (ANH, "", "", None)
    assert (read.discoverable, read.indexable, read.locked) == (None, None, False)


def test_fields() -> None:
    read = read_actor(
        actor(
            attachment=[
                {"type": "PropertyValue", "name": "Trang", "value": '<a rel="me">a</a>'},
                {"@type": "schema:PropertyValue", "name": "Ở", "schema:value": "Huế"},
                {"type": "Note", "name": "Ghi chú", "content": "Xin chào"},
                {"type": "Link", "name": "Trang", "href": "https://a.example/", "rel": ["me"]},
                {"type": "Link", "name": "Khác", "href": "https://b.example/", "rel": ["me"]},
                {"type": "IdentityProof", "name": "x", "signatureValue": "y"},
                {"type": "PropertyValue", "name": "Trống"},
                "x",
            ]
        )
    )
    assert read.fields == (
        ProfileField("Trang", '<a rel="me">a</a>'),
        ProfileField("Ở", "Huế"),
        ProfileField("Ghi chú", "Xin chào"),
        ProfileField("Khác", "https://b.example/", is_link=True),
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("anh@social.example", "anh@social.example"),
        ("acct:anh@Social.Example", "anh@social.example"),
        ("@anh@bücher.example", "anh@xn--bcher-kva.example"),
        ("anh", ""),
        ("anh@", ""),
        ("a@b@c", ""),
        ("anh@a b", ""),
        (None, ""),
    ],
)
def test_webfinger(written: object, read: str) -> None:
    assert read_actor(actor(webfinger=written)).webfinger == read


def test_pages_on_other_hosts_are_not_theirs() -> None:
    assert read_actor(actor(url="https://phishing.example/@anh")).url == ANH
    html = {"type": "Link", "mediaType": "text/html", "href": f"{HOME}/@anh"}
    other = {"type": "Link", "mediaType": "application/rss+xml", "href": f"{HOME}/@anh.rss"}
    assert read_actor(actor(url=[other, html])).url == f"{HOME}/@anh"


def test_several_types() -> None:
    assert read_actor(actor(type=["sec:Key", "Person", "Service"])).type == "Person"


def test_names_of_servers() -> None:
    assert read_actor(actor(type="Application", preferredUsername=None)).username == (
        "social.example"
    )


@pytest.mark.parametrize("name", ["anh", "Ánh", "an-h", "a.n_h", "57H", "dbzer0.com", "ອານ", "猫"])
def test_names(name: str) -> None:
    assert read_actor(actor(preferredUsername=name)).username == name


@pytest.mark.parametrize(
    "name",
    [None, "", " ", "a@b", "a/b", "a b", "a\u202eb", "a\u200bb", "a\nb", "<b>", "a" * 256, [], {}],
)
def test_unusable_names(name: object) -> None:
    with pytest.raises(BadDocument, match="name"):
        read_actor(actor(preferredUsername=name))


def test_groups() -> None:
    for reference in (f"{ANH}/moderators", [{"@id": f"{ANH}/moderators"}]):
        lemmy = read_actor(actor(type="Group", attributedTo=reference))
        assert (lemmy.moderators, lemmy.owners) == (f"{ANH}/moderators", ())
    owner = f"{HOME}/accounts/chu"
    peertube = read_actor(actor(type="Group", attributedTo=[{"type": "Person", "id": owner}]))
    assert (peertube.moderators, peertube.owners) == ("", (owner,))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"id": None}, "no usable id"),
        ({"inbox": None}, "no usable inbox"),
        ({"inbox": "mailto:anh@social.example"}, "no usable inbox"),
        ({"type": "Note"}, "kind"),
        ({"type": None}, "no type"),
    ],
)
def test_refused(members: dict[str, object], reason: str) -> None:
    with pytest.raises(BadDocument, match=reason):
        read_actor(actor(**members))


def test_other_documents() -> None:
    with pytest.raises(BadDocument):
        read_actor(note())
    with pytest.raises(BadDocument, match="inbox"):
        read_actor(GOTOSOCIAL_KEY)
