import asyncio
import json
from collections.abc import Mapping

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from noi.transport.errors import Gone, Refused, TooLarge, TransportError, Unreachable, WrongType
from noi.transport.webfinger import WebFingerResult, confirm, look_up, parse_handle, read_jrd
from other_servers import Handler, client, serving

ACTOR = "https://social.example/users/lan"


def jrd(subject: object, actor: object, **more: object) -> web.Response:
    link = {"rel": "self", "type": "application/activity+json", "href": actor}
    return web.json_response(
        {"subject": subject, "links": [link], **more}, content_type="application/jrd+json"
    )


def knows(accounts: Mapping[str, tuple[str, str]]) -> Handler:
    """A server that answers for handles with a subject and an actor; `{host}` is its own name."""

    async def answer(request: web.Request) -> web.Response:
        for handle, (subject, actor) in accounts.items():
            if request.query["resource"] == f"acct:{handle}".format(host=request.host):
                return jrd(subject.format(host=request.host), actor)
        return web.Response(status=404)

    return answer


def ask(handler: Handler, handle: str = "lan@{host}") -> WebFingerResult:
    """Look a handle up at a server; `{host}` stands for its name in what is asked and answered."""

    async def run() -> WebFingerResult:
        async with serving(handler) as origin, client() as outbound:
            host = origin.removeprefix("http://")
            found = await look_up(outbound, handle.format(host=host))
            return WebFingerResult(
                found.subject.replace(host, "{host}"), found.actor_uri, found.aliases
            )

    return asyncio.run(run())


def test_a_handle_leads_to_its_actor() -> None:
    found = ask(knows({"lan@{host}": ("acct:lan@{host}", ACTOR)}))
    assert found == WebFingerResult("lan@{host}", ACTOR, ())
    assert found.username == "lan"
    assert found.domain == "{host}"
    assert ask(knows({"lan@{host}": ("acct:Lan@{host}", ACTOR)})).username == "Lan"


@pytest.mark.parametrize("subject", ["", None, "https://social.example/@lan", 5, "x" * 100_00])
def test_odd_subjects_leave_the_handle_as_it_was_asked(subject: object) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return jrd(subject, ACTOR)

    assert ask(answer).subject == "lan@{host}"


def test_another_subject_holds_only_if_its_host_agrees() -> None:
    good = knows(
        {
            "lan@{host}": ("acct:lan.nguyen@{host}", ACTOR),
            "lan.nguyen@{host}": ("acct:lan.nguyen@{host}", ACTOR),
        }
    )
    assert ask(good).subject == "lan.nguyen@{host}"
    other_actor = knows(
        {
            "lan@{host}": ("acct:owner@{host}", "https://evil.example/users/x"),
            "owner@{host}": ("acct:owner@{host}", ACTOR),
        }
    )
    with pytest.raises(Refused):
        ask(other_actor)
    circle = knows({"lan@{host}": ("acct:b@{host}", ACTOR), "b@{host}": ("acct:lan@{host}", ACTOR)})
    with pytest.raises(Refused):
        ask(circle)
    with pytest.raises(Gone):
        ask(knows({"lan@{host}": ("acct:nobody@{host}", ACTOR)}))


def test_an_actor_is_confirmed_in_both_directions() -> None:
    async def run() -> None:
        accounts: dict[str, tuple[str, str]] = {}
        async with serving(knows(accounts)) as origin, client() as outbound:
            actor, host = f"{origin}/users/lan", origin.removeprefix("http://")
            accounts["lan@{host}"] = ("acct:lan@{host}", actor)
            accounts["minh@{host}"] = ("acct:minh@{host}", f"{origin}/users/minh")
            accounts["alias@{host}"] = ("acct:alias@{host}", actor)
            assert (await confirm(outbound, actor, "lan")).subject == f"lan@{host}"
            assert (await confirm(outbound, actor, "Lan", f"lan@{host}")).subject == f"lan@{host}"
            # The name belongs to someone else, to nobody, or is not the actor's.
            for name, claimed in (("minh", ""), ("lan", f"minh@{host}"), ("nam", ""),
                                  ("lan", f"alias@{host}"), ("lan", "no handle")):  # fmt: skip
                with pytest.raises(Refused):
                    await confirm(outbound, actor, name, claimed)

    asyncio.run(run())


def test_a_handle_may_live_at_another_host_than_its_actor() -> None:
    async def run() -> None:
        handles: dict[str, tuple[str, str]] = {}
        actors: dict[str, tuple[str, str]] = {}
        async with (
            serving(knows(handles)) as handle_origin,
            serving(knows(actors)) as actor_origin,
            client() as outbound,
        ):
            actor, domain = f"{actor_origin}/users/lan", handle_origin.removeprefix("http://")
            actors["lan@{host}"] = (f"acct:lan@{domain}", actor)
            with pytest.raises(Gone):  # the host that it names does not know it
                await confirm(outbound, actor, "lan")
            handles["lan@{host}"] = ("acct:lan@{host}", f"{handle_origin}/users/lan")
            with pytest.raises(Refused):  # or has someone else of this name
                await confirm(outbound, actor, "lan")
            handles["lan@{host}"] = ("acct:lan@{host}", actor)
            assert (await confirm(outbound, actor, "lan")).domain == domain

    asyncio.run(run())


@pytest.mark.parametrize("encoded", ["{{host}}", "{{host}}&amp;x=1"])
def test_old_servers_tell_in_host_meta_where_it_is(encoded: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/.well-known/host-meta":
            template = f"http://{request.host}/old?resource={{uri}}{encoded[8:]}"
            return web.Response(
                text='<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
                f'<Link rel="other" template="http://x/{{uri}}"/>\n<Link\n template="{template}"'
                " type='application/xrd+xml' rel='lrdd' /></XRD>"
            )
        if request.path == "/old":
            return jrd(request.query["resource"], ACTOR)
        return web.Response(status=404)

    assert ask(answer).actor_uri == ACTOR


@pytest.mark.parametrize(
    "meta",
    ["", "<XRD>", '<Link rel="lrdd" template="javascript:{uri}"/>', "<Link " * 10_000,
     '<Link rel="lrdd" template="http://10.0.0.1/{uri}"/>', '<Link rel="lrdd" template="x"/>',
     '<!DOCTYPE x [<!ENTITY a "b">]><Link rel="lrdd" template="&a;{uri}"/>'],
)  # fmt: skip
def test_useless_host_meta(meta: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/.well-known/host-meta":
            return web.Response(text=meta)
        return web.Response(status=404)

    with pytest.raises(Refused):
        ask(answer)


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (410, Gone), (400, Gone), (401, Refused), (500, Unreachable), (429, Unreachable)],
)
def test_statuses_become_errors(status: int, error: type[TransportError]) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    with pytest.raises(error):
        ask(answer)


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"", WrongType), (b"<html>", WrongType), (b"[]", WrongType), (b"{}", Gone),
     (b'{"links":{}}', Gone), (b'{"links":[1,null,"x",{"rel":"self"}]}', Gone),
     (b'{"links":[{"rel":"self","type":"text/html","href":"https://a.example/"}]}', Gone),
     (b'{"links":[{"rel":"self","type":"application/activity+json","href":"javascript:x"}]}', Gone),
     (b"\xff" * 10, WrongType), (b"[" * 60_000, WrongType), (b" " * 70_000, TooLarge)],
)  # fmt: skip
def test_useless_answers(body: bytes, error: type[TransportError]) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body)

    with pytest.raises(error):
        ask(answer)


def test_links_of_both_types_and_aliases_are_read() -> None:
    profile = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    body = {
        "subject": "acct:lan@a.example",
        "aliases": ["https://a.example/@lan", 5, "acct:x"],
        "links": [{"rel": "self", "type": profile, "href": ACTOR}],
    }
    found = read_jrd(json.dumps(body).encode(), "lan@a.example")
    assert found == WebFingerResult("lan@a.example", ACTOR, ("https://a.example/@lan",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lan@a.example", ("lan", "a.example")),
        (" @Lan@A.Example ", ("Lan", "a.example")),
        ("acct:lan@a.example:8443", ("lan", "a.example:8443")),
        ("lan@a.example:443", ("lan", "a.example")),
        ("lan@bücher.example", ("lan", "xn--bcher-kva.example")),
        ("nội@a.example", ("nội", "a.example")),
        ("lan@[::1]:80", ("lan", "[::1]:80")),
        ("a.example@a.example", ("a.example", "a.example")),
        ("lan", None),
        ("lan@", None),
        ("@a.example", None),
        ("lan@a.example/x", None),
        ("lan@a.example?x", None),
        ("lan@a.example:99999", None),
        ("lan@a.example:x", None),
        ("a@b@c", None),
        ("lan @a.example", None),
        ("https://a.example/@lan", None),
        ("a" * 300 + "@a.example", None),
        ("lan@" + "a" * 300, None),
    ],
)
def test_handles(text: str, expected: tuple[str, str] | None) -> None:
    assert parse_handle(text) == expected


@given(st.text(max_size=60) | st.from_regex(r"acct:@?[^@]{1,9}@[^@]{1,30}", fullmatch=True))
def test_handles_of_any_text(text: str) -> None:
    found = parse_handle(text)
    if found is not None:
        assert parse_handle("@".join(found)) == found


@given(st.binary(max_size=200))
def test_descriptors_of_any_bytes(body: bytes) -> None:
    with pytest.raises((WrongType, Gone)):
        read_jrd(body, "lan@a.example")


def test_what_is_no_handle_is_not_asked_for() -> None:
    async def never(_request: web.Request) -> web.Response:
        raise AssertionError

    for handle in ("lan", "lan@{host}/x", "lan@a b", "http://{host}/"):
        with pytest.raises(Refused):
            ask(never, handle)
