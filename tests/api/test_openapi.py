"""Generated requests for every endpoint of Mastodon's published description that exists here.

Whatever comes in, the answer is a clear one: never a failure of this side, errors in the API's
shape, within seconds.
"""

import importlib
import json
import pkgutil
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import noi.api
import strict_client
from strict_client import Net

schemathesis: Any = importlib.import_module("schemathesis")  # its types are too loose

SPEC = Path(__file__).parents[3] / "shared" / "fixtures" / "mastodon-openapi.json"
SECONDS = 10
_PARAMETER = re.compile(r"\{[^}]*\}")
_IMPATIENT = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]


@pytest.fixture(scope="module")
def operations() -> list[Any]:
    """The described operations that this server has."""
    if not SPEC.exists():
        pytest.skip(f"{SPEC.name} is not beside the project, so it was not tried")
    modules = pkgutil.iter_modules(noi.api.__path__, "noi.api.")
    here = {
        (str(method), _PARAMETER.sub("{}", path))
        for module in modules
        for handler in getattr(importlib.import_module(module.name), "HANDLERS", [])
        for path in handler.paths
        for method in getattr(handler, "http_methods", ["GET"])
    }
    schema = schemathesis.openapi.from_dict(json.loads(SPEC.read_text()))
    described = [result.ok() for result in schema.get_all_operations()]
    found = [
        operation
        for operation in described
        if (operation.method.upper(), _PARAMETER.sub("{}", operation.path)) in here
    ]
    assert len(found) > 150
    return found


@pytest.fixture
def net() -> Generator[Net]:
    with strict_client.running("sqlite") as net:
        net.run(net.rig.set_up)
        yield net


def furnished(net: Net) -> tuple[str, list[str]]:
    """A token, and ids of everything that there is."""
    an, lan = net.person("an"), net.person("lan")
    lan.account_follow(an.me())
    statuses = [
        an.status_post("Chào @lan #sách"),
        lan.status_post("@an ?", poll=lan.make_poll(["a", "b"], 600), visibility="direct"),
        an.status_post("Của tôi", spoiler_text="Cảnh báo"),
        lan.status_post("Của Lan"),
    ]
    lan.status_reblog(statuses[0])
    lan.status_favourite(statuses[0])
    net.work()
    filtered = an.create_filter_v2("Lọc", ["home"], "hide", keywords_attributes=[{"keyword": "x"}])
    things = [
        *statuses, statuses[1].poll, an.me(), lan.me(), *an.notifications(), *an.conversations(),
        an.list_create("Lớp"), filtered, filtered.keywords[0], an.featured_tag_create("sách"),
        an.add_filter_status_v2(filtered, statuses[0]),
    ]  # fmt: skip
    return an.access_token, [str(thing["id"]) for thing in things]


def attempt(net: Net, operation: Any, mode: Any, token: str, ids: list[str], count: int) -> int:
    """Send `count` generated requests for one operation; answers how many were sent."""
    sent = 0
    slots = [parameter.name for parameter in operation.path_parameters]

    @seed(20)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=_IMPATIENT,
    )
    @given(
        operation.as_strategy(generation_mode=mode),
        st.lists(st.sampled_from(["", *ids]), min_size=len(slots), max_size=len(slots)),
        st.sampled_from([token, token, token, ""]),
    )
    def send(case: Any, chosen: list[str], who: str) -> None:
        nonlocal sent
        for name, id_ in zip(slots, chosen, strict=True):
            if id_:
                case.path_parameters[name] = id_
        headers = {"authorization": f"Bearer {who}"} if who else {}
        try:
            answer = case.call(
                base_url=net.url, session=net.session, headers=headers, timeout=SECONDS
            )
        except (requests.exceptions.InvalidHeader, UnicodeError):
            return  # what no client can send
        sent += 1
        told = f"{case.as_curl_command()}\n{answer.status_code} {answer.text[:500]}"
        assert answer.status_code < 500, told
        if answer.status_code >= 400:
            assert isinstance(answer.json()["error"], str), told

    send()
    return sent


def run(net: Net, operations: list[Any], examples: int) -> int:
    token, ids = furnished(net)
    modes = schemathesis.GenerationMode
    sent = 0
    for operation in operations:
        sent += attempt(net, operation, modes.POSITIVE, token, ids, examples)
        if operation.body or operation.query:
            sent += attempt(net, operation, modes.NEGATIVE, token, ids, examples)
    net.work()
    return sent


def test_no_request_breaks_it(net: Net, operations: list[Any]) -> None:
    assert run(net, operations, 2) > 300


@pytest.mark.long
@pytest.mark.timeout(900)
def test_no_request_of_many_breaks_it(net: Net, operations: list[Any]) -> None:
    assert run(net, operations, 20) > 2000
