import asyncio
from collections.abc import AsyncGenerator, Callable
from urllib.parse import parse_qs, urlsplit

import pytest

import people
import testrig
from noi.auth import scopes, secrets
from noi.db import users
from noi.models.accounts import Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.services import applications, oauth

BACK = "https://app.example/back?kept=1"
VERIFIER = "v" * 43


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@pytest.fixture
async def lan(rig: testrig.Rig) -> Viewer:
    return await people.join(rig.network, "lan")


@pytest.fixture
async def client(rig: testrig.Rig) -> applications.Registered:
    return await applications.register(
        rig.network,
        name=" Ứng  dụng ",
        redirect_uris=[f"{BACK}\n{oauth.OUT_OF_BAND}"],
        scope="read write admin:read",
        website="https://app.example",
    )


async def prepared(
    rig: testrig.Rig, client: applications.Registered, **changes: str
) -> oauth.AuthorizationRequest:
    given = {
        "response_type": "code",
        "client_id": client.app.client_id,
        "redirect_uri": BACK,
        "scope": "read write:statuses",
        "state": "s & t",
        **changes,
    }
    return await oauth.prepare_authorization(rig.network, **given)


async def new_code(
    rig: testrig.Rig, client: applications.Registered, who: Viewer, **changes: str
) -> str:
    request = await prepared(rig, client, **changes)
    return (await oauth.grant(rig.network, who.account_id, request)).code


async def exchange(
    rig: testrig.Rig,
    client: applications.Registered,
    code: str,
    verifier: str = "",
    uri: str = BACK,
) -> oauth.IssuedToken:
    return await oauth.exchange_code(
        rig.network, client.app, code=code, redirect_uri=uri, code_verifier=verifier
    )


async def test_code_becomes_a_token(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    request = await prepared(rig, client)
    answer = await oauth.grant(rig.network, lan.account_id, request)
    parts = urlsplit(answer.location)
    assert parse_qs(parts.query) == {"kept": ["1"], "code": [answer.code], "state": ["s & t"]}
    issued = await exchange(rig, client, answer.code)
    grant = await oauth.authenticate(rig.network, issued.access_token)
    assert grant is not None
    assert (grant.viewer, grant.app_id) == (lan, client.app.id)
    assert grant.scopes == scopes.granted("read write:statuses")
    stored = await rig.network.db.fetch_value("SELECT token_hash FROM access_tokens")
    assert stored == secrets.token_hash(issued.access_token)


async def test_stolen_code_revokes_its_token(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    code = await new_code(rig, client, lan)
    issued = await exchange(rig, client, code)
    with pytest.raises(oauth.OAuthError):
        await exchange(rig, client, code)
    assert await oauth.authenticate(rig.network, issued.access_token) is None


async def test_code_used_twice_at_once_gives_one_token_at_most(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    code = await new_code(rig, client, lan)
    tries = [exchange(rig, client, code) for _ in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, oauth.IssuedToken) for result in results) == 1


async def test_code_is_for_one_app_one_address_and_ten_minutes(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    other = await applications.register(rig.network, name="b", redirect_uris=[BACK])
    code = await new_code(rig, client, lan)
    for tried in (
        exchange(rig, other, code),
        exchange(rig, client, code, uri=oauth.OUT_OF_BAND),
        exchange(rig, client, code, verifier=VERIFIER),
        exchange(rig, client, "made up"),
    ):
        with pytest.raises(oauth.OAuthError) as refused:
            await tried
        assert refused.value.code == "invalid_grant"
    await rig.network.db.execute("UPDATE authorization_codes SET expires_at = :t", {"t": now_ms()})
    with pytest.raises(oauth.OAuthError):
        await exchange(rig, client, code)


async def test_proof_key(rig: testrig.Rig, client: applications.Registered, lan: Viewer) -> None:
    challenge = secrets.challenge_s256(VERIFIER)
    code = await new_code(rig, client, lan, code_challenge=challenge, code_challenge_method="S256")
    for wrong in ("", "w" * 43, "v"):
        with pytest.raises(oauth.OAuthError):
            await exchange(rig, client, code, verifier=wrong)
    assert await exchange(rig, client, code, verifier=VERIFIER)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "https://app.example/back"},
        {"response_type": "token"},
        {"scope": "follow push"},
        {"scope": "everything"},
        {"code_challenge": "x" * 43},
        {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
        {"code_challenge": "x", "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
    ],
)
async def test_unclear_requests_go_nowhere(changes: dict[str, str]) -> None:
    async with testrig.services("sqlite") as rig:
        client = await applications.register(
            rig.network, name="a", redirect_uris=[BACK], scope="read write"
        )
        with pytest.raises(Invalid):
            await prepared(rig, client, **changes)


async def test_refusal_and_out_of_band(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    refused = urlsplit(oauth.deny(await prepared(rig, client)).location)
    assert parse_qs(refused.query)["error"] == ["access_denied"]
    shown = await prepared(rig, client, redirect_uri=oauth.OUT_OF_BAND)
    answer = await oauth.grant(rig.network, lan.account_id, shown)
    assert answer.location == oauth.deny(shown).location == ""
    assert await exchange(rig, client, answer.code, uri=oauth.OUT_OF_BAND)


async def test_scopes_of_staff_are_for_staff_only(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    with pytest.raises(Forbidden):
        await new_code(rig, client, lan, scope="admin:read")
    member = await exchange(rig, client, await new_code(rig, client, lan, scope="read admin:read"))
    assert member.scopes == "read"
    mai = await people.join(rig.network, "mai", Role.MODERATOR)
    staff = await exchange(rig, client, await new_code(rig, client, mai, scope="admin:read"))
    grant = await oauth.authenticate(rig.network, staff.access_token)
    assert grant is not None
    assert "admin:read:reports" in grant.scopes
    await rig.network.db.transaction(lambda tx: users.set_role(tx, mai.account_id, Role.MEMBER))
    grant = await oauth.authenticate(rig.network, staff.access_token)
    assert grant is not None
    assert grant.scopes == frozenset()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE users SET confirmed_at = NULL", "e-mail"),
        ("UPDATE users SET approved_at = NULL", "approval"),
        ("UPDATE accounts SET state = 2", "disabled"),
    ],
)
async def test_state_of_the_person_counts_at_once(
    rig: testrig.Rig, lan: Viewer, change: str, says: str
) -> None:
    token = (await applications.create_token(rig.network, lan.account_id, "read")).access_token
    assert await oauth.authenticate(rig.network, token)
    await rig.network.db.execute(change)
    with pytest.raises(Forbidden, match=says):
        await oauth.authenticate(rig.network, token)


async def test_token_of_someone_deleted_is_none(rig: testrig.Rig, lan: Viewer) -> None:
    token = (await applications.create_token(rig.network, lan.account_id, "read")).access_token
    await rig.network.db.execute("UPDATE accounts SET state = 3")
    assert await oauth.authenticate(rig.network, token) is None


async def test_apps_own_token(rig: testrig.Rig, client: applications.Registered) -> None:
    issued = await oauth.issue_app_token(rig.network, client.app, "write:accounts")
    grant = await oauth.authenticate(rig.network, issued.access_token)
    assert grant is not None
    assert (grant.viewer, grant.scopes) == (None, frozenset({"write:accounts"}))
    for wrong in ("push", "nonsense"):
        with pytest.raises(oauth.OAuthError) as refused:
            await oauth.issue_app_token(rig.network, client.app, wrong)
        assert refused.value.code == "invalid_scope"


async def test_client_shows_its_secret(rig: testrig.Rig, client: applications.Registered) -> None:
    found = await oauth.authenticate_client(rig.network, client.app.client_id, client.client_secret)
    assert found == client.app
    for client_id, secret in (
        (client.app.client_id, "wrong"),
        (client.app.client_id, ""),
        ("unknown", client.client_secret),
        (applications.COMMAND_LINE, ""),
    ):
        with pytest.raises(oauth.OAuthError) as refused:
            await oauth.authenticate_client(rig.network, client_id, secret)
        assert refused.value.status == 401


async def test_revoking(rig: testrig.Rig, client: applications.Registered, lan: Viewer) -> None:
    other = await applications.register(rig.network, name="b", redirect_uris=[BACK])
    issued = await exchange(rig, client, await new_code(rig, client, lan))
    with pytest.raises(oauth.OAuthError) as refused:
        await oauth.revoke(rig.network, other.app, issued.access_token)
    assert refused.value.status == 403
    await oauth.revoke(rig.network, client.app, issued.access_token)
    await oauth.revoke(rig.network, client.app, issued.access_token)
    assert await oauth.authenticate(rig.network, issued.access_token) is None


async def test_person_takes_access_back(
    rig: testrig.Rig, client: applications.Registered, lan: Viewer
) -> None:
    hoa = await people.join(rig.network, "hoa")
    issued = await exchange(rig, client, await new_code(rig, client, lan))
    (app,) = await oauth.authorized_apps(rig.network, lan.account_id)
    assert (app.name, app.scopes) == ("Ứng dụng", "read write:statuses")
    with pytest.raises(NotFound):
        await oauth.revoke_own(rig.network, hoa.account_id, app.token_id)
    await oauth.revoke_own(rig.network, lan.account_id, app.token_id)
    assert await oauth.authenticate(rig.network, issued.access_token) is None


async def test_use_is_noted_once_an_hour(rig: testrig.Rig, lan: Viewer) -> None:
    token = (await applications.create_token(rig.network, lan.account_id, "read")).access_token
    await rig.network.db.execute("UPDATE access_tokens SET last_used_at = 1")
    await oauth.authenticate(rig.network, token)
    noted = await until(rig, "SELECT last_used_at FROM access_tokens", lambda value: value > 1)
    await oauth.authenticate(rig.network, token)
    assert await rig.network.db.fetch_value("SELECT last_used_at FROM access_tokens") == noted
    assert await rig.network.db.fetch_value("SELECT last_active_at FROM users") >= noted


async def until(rig: testrig.Rig, sql: str, wanted: Callable[[int], bool]) -> int:
    async with asyncio.timeout(10):
        while not wanted(value := await rig.network.db.fetch_value(sql)):
            await asyncio.sleep(0.01)
    return value


async def test_checking_a_token_is_one_indexed_read(rig: testrig.Rig) -> None:
    if rig.network.db.dialect == "postgresql":
        return
    from noi.db.tokens import _AUTHENTICATE  # pyright: ignore[reportPrivateUsage]

    plan = await rig.network.db.fetch_all(
        f"EXPLAIN QUERY PLAN {_AUTHENTICATE}", {"token_hash": b""}
    )
    assert all("SEARCH" in row[3] for row in plan), plan


@pytest.mark.parametrize(
    ("uris", "ok"),
    [
        (["https://a.example/x"], True),
        (["app.tusky://cb", "urn:ietf:wg:oauth:2.0:oob"], True),
        ([], False),
        (["  "], False),
        (["/relative"], False),
        (["https:///nohost"], False),
        (["javascript:alert(1)"], False),
        (["https://a.example/#fragment"], False),
        (["https://[broken"], False),
    ],
)
async def test_addresses_of_clients(uris: list[str], ok: bool) -> None:
    async with testrig.services("sqlite") as rig:
        if ok:
            assert await applications.register(rig.network, name="a", redirect_uris=uris)
        else:
            with pytest.raises(Invalid):
                await applications.register(rig.network, name="a", redirect_uris=uris)
