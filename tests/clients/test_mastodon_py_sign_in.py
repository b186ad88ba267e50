"""Signing in with Mastodon.py: registration, the consent page, tokens and their end."""

import base64
import hashlib
import re
import secrets
from collections.abc import Generator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

import strict_client
from consent import consent
from strict_client import Net, mastodon

BACK = "https://app.example/back"
OOB = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = ["read", "write", "follow", "push", "profile"]


@pytest.fixture
def net(engine: str) -> Generator[Net]:
    with strict_client.running(engine) as net:
        net.run(net.rig.set_up)
        net.run(net.rig.create_account, "lan", "member", "lan@example.org")
        yield net


def registered(net: Net, redirect_uri: str = BACK) -> Any:
    pair = mastodon.Mastodon.create_app(
        "Ứng dụng",
        scopes=SCOPES,
        redirect_uris=[redirect_uri, "https://app.example/other"],
        website="https://app.example",
        api_base_url=net.url,
        session=net.session,
    )
    return net.app(client_id=pair[0], client_secret=pair[1])


def test_code_for_a_token(net: Net) -> None:
    app = registered(net)
    asked = app.auth_request_url(redirect_uris=BACK, scopes=SCOPES, state="xyz", allow_http=True)
    back = consent(net.url, asked)
    assert back.status_code in (302, 303)
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert back.headers["location"].startswith(BACK)
    assert query["state"] == ["xyz"]
    token = app.log_in(code=query["code"][0], redirect_uri=BACK, scopes=SCOPES, allow_http=True)
    assert app.access_token == token
    assert app.me().username == "lan"
    assert app.app_verify_credentials().name == "Ứng dụng"
    about = net.session.get(
        f"{net.url}/oauth/userinfo", headers={"authorization": f"Bearer {token}"}, timeout=20
    )
    assert about.json()["preferred_username"] == "lan"
    another = net.app(client_id=app.client_id, client_secret=app.client_secret)
    with pytest.raises(mastodon.MastodonIllegalArgumentError):
        another.log_in(code=query["code"][0], redirect_uri=BACK, scopes=SCOPES, allow_http=True)
    # A code that is used twice was stolen, so its token is dead.
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        app.me()


def test_code_shown_out_of_band_and_revocation(net: Net) -> None:
    app = registered(net, OOB)
    asked = app.auth_request_url(redirect_uris=OOB, scopes=["read"], allow_http=True)
    shown = consent(net.url, asked)
    assert shown.status_code == 200
    code = re.search(r"[\w-]{40,}", re.sub(r"<(head|script).*?</\1>", "", shown.text, flags=re.S))
    assert code, shown.text
    app.log_in(code=code[0], redirect_uri=OOB, scopes=["read"], allow_http=True)
    with pytest.raises(mastodon.MastodonAPIError, match="outside the authorized scopes"):
        app.status_post("Chỉ đọc thôi")
    token = app.access_token
    app.revoke_access_token(allow_http=True)
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        net.app(token).me()


def test_refusing(net: Net) -> None:
    app = registered(net)
    asked = app.auth_request_url(redirect_uris=BACK, scopes=SCOPES, state="s", allow_http=True)
    back = consent(net.url, asked, "refuse")
    assert parse_qs(urlsplit(back.headers["location"]).query)["error"] == ["access_denied"]


def test_proof_key(net: Net) -> None:
    app = registered(net)
    verifier = secrets.token_urlsafe(48)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": BACK,
        "scope": "read profile",
        "code_challenge": digest.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    back = consent(net.url, f"{net.url}/oauth/authorize?{urlencode(query)}")
    exchange = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": BACK,
        "code": parse_qs(urlsplit(back.headers["location"]).query)["code"][0],
        "code_verifier": verifier,
    }
    token = net.session.post(f"{net.url}/oauth/token", data=exchange, timeout=20).json()
    assert (token["token_type"], token["scope"]) == ("Bearer", "read profile")
    assert net.app(token["access_token"]).me().username == "lan"


def test_client_credentials(net: Net) -> None:
    app = registered(net)
    body = {"grant_type": "client_credentials", "scope": "read"}
    answer = net.session.post(
        f"{net.url}/oauth/token",
        data=body,
        auth=(app.client_id, app.client_secret),
        timeout=20,
    )
    token = answer.json()["access_token"]
    client = net.app(token)
    assert client.app_verify_credentials().website == "https://app.example"
    assert client.timeline_public() == []
    with pytest.raises(mastodon.MastodonAPIError, match="requires an authenticated user"):
        client.me()


def test_discovery(net: Net) -> None:
    info = net.app().oauth_authorization_server_info()
    assert info.token_endpoint == f"{net.url}/oauth/token"
    assert info.code_challenge_methods_supported == ["S256"]
    assert "authorization_code" in info.grant_types_supported


def test_limits(engine: str) -> None:
    with strict_client.running(engine, rate_limits=True) as net:
        an = net.person("an")
        first = an.status_post("một")
        assert an.ratelimit_limit == 300
        assert an.ratelimit_remaining == 299
        with pytest.raises(mastodon.MastodonRatelimitError):
            for _ in range(31):
                an.status_unreblog(first.id)
