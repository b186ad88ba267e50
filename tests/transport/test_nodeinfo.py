import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web

from noi.transport.errors import TransportError
from noi.transport.nodeinfo import Node, Software, fetch, fetch_node
from other_servers import client, serving

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


def ask(index: Callable[[str], object], document: object, status: int = 200) -> Software:
    """What is read from a server with these two documents; `index` is told its address."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/.well-known/nodeinfo":
            return web.json_response(index(f"http://{request.host}"), status=status)
        if request.path == "/nodeinfo/2.1":
            return web.json_response(document)
        return web.Response(status=404)

    async def run() -> Software:
        async with serving(answer) as origin, client() as outbound:
            return await fetch(outbound, origin.removeprefix("http://"))

    return asyncio.run(run())


def ask_node(document: object) -> Node:
    """All that is read from a server with this document."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/.well-known/nodeinfo":
            return web.json_response(links(f"http://{request.host}"))
        return web.json_response(document)

    async def run() -> Node:
        async with serving(answer) as origin, client() as outbound:
            return await fetch_node(outbound, origin.removeprefix("http://"))

    return asyncio.run(run())


def test_what_a_server_says_of_itself() -> None:
    document = {
        "software": {"name": "noi", "version": "1.0"},
        "openRegistrations": True,
        "usage": {"users": {"total": 12}},
        "metadata": {
            "nodeName": "Làng\n Chuồn",
            "nodeDescription": "x" * 5000,
            "faspBaseUrl": "https://lang.example/api/fasp",
            "alliance": {"subjects": ["làng", 7, "Huế"] + ["x"] * 50},
        },
    }
    node = ask_node(document)
    assert (node.software.name, node.name, node.people) == ("noi", "Làng Chuồn", 12)
    assert node.open_registrations is True
    assert node.fasp_base_url == "https://lang.example/api/fasp"
    assert node.subjects[:2] == ("làng", "Huế")
    assert len(node.subjects) < 20
    assert len(node.description) == 1000


@pytest.mark.parametrize(
    "document",
    [
        {"metadata": [], "usage": 7, "openRegistrations": "yes"},
        {"metadata": {"faspBaseUrl": "javascript:alert(1)", "nodeName": {"en": "x"}}},
        {"metadata": {"alliance": {"subjects": "x"}}, "usage": {"users": {"total": True}}},
        {"usage": {"users": {"total": -1}}},
        {"usage": {"users": {"total": 1e9}}},
        [],
    ],
)
def test_odd_words_of_a_server_are_none(document: object) -> None:
    assert ask_node(document) == Node()


def links(origin: str) -> object:
    return {
        "links": [
            {"rel": f"{SCHEMA}1.0", "href": f"{origin}/1.0"},
            {"rel": f"{SCHEMA}2.0", "href": f"{origin}/2.0"},
            {"rel": f"{SCHEMA}2.1", "href": f"{origin}/nodeinfo/2.1"},
            {"rel": "https://fasp.example/", "href": f"{origin}/fasp"},
            "odd",
        ]
    }


def test_the_newest_document_is_read() -> None:
    found = ask(links, {"software": {"name": "Mastodon", "version": "4.6.0+glitch"}})
    assert found == Software("mastodon", "4.6.0+glitch")


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        None,
        {"software": None},
        {"software": {"name": 5, "version": "\n"}},
        {"software": {"name": "<b>", "version": "x" * 65}},
        {"software": {"name": ["x"], "version": "v\u202e1"}},
    ],
)
def test_odd_documents_say_nothing_or_little(document: object) -> None:
    found = ask(links, document)
    assert found.name in ("", "5")
    assert found.version == ""


@pytest.mark.parametrize(
    "index",
    [{}, [], None, {"links": 5}, {"links": [{"rel": f"{SCHEMA}2.0"}]},
     {"links": [{"rel": f"{SCHEMA}2.0", "href": "file:///etc/passwd"}]}],
)  # fmt: skip
def test_odd_indexes_say_nothing(index: object) -> None:
    assert ask(lambda _origin: index, {}) == Software()


def test_servers_without_it_say_nothing() -> None:
    assert ask(links, {"software": {"name": "x", "version": "1"}}, status=404) == Software()


def test_private_addresses_are_not_asked() -> None:
    async def run() -> Software:
        async with client() as outbound:
            return await fetch(outbound, "10.0.0.1")

    with pytest.raises(TransportError):
        asyncio.run(run())


def test_large_documents_are_not_read() -> None:
    with pytest.raises(TransportError):
        ask(links, {"x": "x" * 70_000})
