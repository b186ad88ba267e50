"""What is handed out in secret stands neither in the database nor in the logs."""

import io
import logging
import re
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.transport.postbox import Postbox, postbox

import testrig
from noi.app.logs import LineFormatter
from noi.services import setup
from visitor import Visitor, visiting

BACK = "https://app.example/back"
PASSWORD = "một mật khẩu không ai đoán"


@pytest.fixture
async def box() -> AsyncGenerator[Postbox]:
    async with postbox() as box:
        yield box


@pytest.fixture
async def rig(engine: str, box: Postbox) -> AsyncGenerator[testrig.Rig]:
    smtp = f"smtp://noi:mail-password@127.0.0.1:{box.port}"
    async with testrig.network(engine, smtp=smtp, access_log=True) as rig:
        yield rig


@pytest.fixture(autouse=True)
def log() -> Generator[io.StringIO]:
    """Everything that is logged, at the most talkative level."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


async def test_secrets_are_kept_nowhere(rig: testrig.Rig, box: Postbox, log: io.StringIO) -> None:
    async with visiting(rig) as visitor:
        secrets = {"password": PASSWORD, "mail": "mail-password"}
        secrets |= await set_up(rig, visitor)
        secrets |= await use_an_app(visitor)
        secrets["invitation"] = await invite(visitor)
    async with visiting(rig) as newcomer:
        await sign_up(newcomer, secrets["invitation"])
        await rig.work()
        secrets["confirmation"] = code_in(box)
        await newcomer.get(f"/confirm?code={secrets['confirmation']}")
        page = await newcomer.post("/confirm", {"code": secrets["confirmation"]})
        assert page.location == "/sign-in"
        await forget(newcomer)
        await rig.work()
        secrets["reset"] = code_in(box)
        await newcomer.get(f"/password/reset?code={secrets['reset']}")
        page = await newcomer.post(
            "/password/reset", {"token": secrets["reset"], "password": f"{PASSWORD} 2"}
        )
        assert page.location == "/sign-in"
        await newcomer.sign_in("hoa", f"{PASSWORD} wrong")
    stored, logged = await everything(rig), log.getvalue()
    assert "hoa@example.org" in stored
    assert "noi.http" in logged
    for name, secret in secrets.items():
        assert secret not in stored, f"the {name} is stored"
        assert secret not in logged, f"the {name} is logged"
    # People are not logged either: neither their addresses nor what they search for.
    for private in ("hoa@example.org", "127.0.0.1", "code=", "invitation="):
        assert private not in logged.replace("127.0.0.1:0", ""), private


async def set_up(rig: testrig.Rig, visitor: Visitor) -> dict[str, str]:
    code = await setup.issue_code(rig.network)
    assert code
    await visitor.get(f"/setup?code={code}")
    form = {"code": code, "name": "Làng", "handle": "chu", "email": "chu@example.org"}
    page = await visitor.post("/setup", {**form, "registrations": "open", "password": PASSWORD})
    assert page.status == 303, page.text
    await visitor.get("/settings/profile")
    return {
        "set-up code": code,
        "session": visitor.cookies["noi-session"],
        "form token": visitor.token,
    }


async def use_an_app(visitor: Visitor) -> dict[str, str]:
    body = {"client_name": "Tusky", "redirect_uris": BACK, "scopes": "read"}
    app = await json_of(visitor, "/api/v1/apps", body)
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK}
    await visitor.get(f"/oauth/authorize?{urlencode(asked)}")
    page = await visitor.post("/oauth/authorize", {**asked, "decision": "allow"})
    code = parse_qs(urlsplit(page.location).query)["code"][0]
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    token = (await json_of(visitor, "/oauth/token", given))["access_token"]
    own = await visitor.get(f"/api/v1/accounts/verify_credentials?access_token={token}")
    assert own.status == 200
    assert app["client_secret"] not in own.text
    return {"client secret": app["client_secret"], "OAuth code": code, "token": token}


async def json_of(visitor: Visitor, path: str, body: dict[str, str]) -> Any:
    async with visitor.client.post(path, data=body) as answer:
        assert answer.status == 200
        return await answer.json()


async def invite(visitor: Visitor) -> str:
    await visitor.get("/invitations")
    page = await visitor.post("/invitations", {"uses": "5", "days": "7"})
    found = re.search(r"invitation&#x3d;([\w-]+)|invitation=([\w-]+)", page.text)
    assert found, page.text
    return found[1] or found[2]


async def sign_up(visitor: Visitor, invitation: str) -> None:
    await visitor.get(f"/sign-up?invitation={invitation}")
    form = {"username": "hoa", "email": "hoa@example.org", "password": PASSWORD}
    page = await visitor.post("/sign-up", {**form, "invitation": invitation, "agreement": "1"})
    assert page.status == 200, page.text


async def forget(visitor: Visitor) -> None:
    await visitor.get("/password/forgot")
    await visitor.post("/password/forgot", {"email": "hoa@example.org"})


def code_in(box: Postbox) -> str:
    found = re.search(r"code=(\S+)", box.messages[-1].get_content())
    assert found
    return found[1]


async def everything(rig: testrig.Rig) -> str:
    """All that is stored: every row, and for SQLite the bytes of its files too."""
    db = rig.network.db
    if db.dialect == "sqlite":
        files = Path(rig.network.settings.data).rglob("*.sqlite*")
        return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)
    tables = await db.fetch_all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows: list[str] = []
    for (table,) in tables:
        rows += [row[0] for row in await db.fetch_all(f"SELECT CAST(t AS TEXT) FROM {table} t")]
    return "\n".join(rows)
