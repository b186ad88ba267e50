"""A client library that knows nothing of this server signs in, changes a profile and joins."""

import asyncio
import warnings
from typing import Any

import pyvips

import testrig
from noi.services import oauth

OOB = oauth.OUT_OF_BAND
SCOPES = ["read", "write", "profile"]


def _registered(url: str) -> tuple[Any, str]:
    from mastodon import Mastodon

    library: Any = Mastodon
    client_id, secret = library.create_app(
        "Thử", api_base_url=url, scopes=SCOPES, redirect_uris=[OOB]
    )
    return library(client_id=client_id, client_secret=secret, api_base_url=url), client_id


def _use(api: Any, code: str) -> None:
    api.log_in(code=code, scopes=SCOPES, allow_http=True)
    assert api.account_verify_credentials().acct == "lan"
    image: Any = pyvips.Image.black(50, 50, bands=3)  # pyright: ignore
    me = api.account_update_credentials(
        display_name="Lan ơi",
        avatar=image.pngsave_buffer(),
        avatar_mime_type="image/png",
        fields=[("Làng", "Tân Lộc")],
        locked=True,
    )
    assert (me.display_name, me.locked, me.fields[0].value) == ("Lan ơi", True, "Tân Lộc")
    assert "/media/avatars/" in me.avatar
    assert api.account_lookup("lan").id == me.id
    api.revoke_access_token(allow_http=True)


def _join(url: str) -> None:
    api, _ = _registered(url)
    api.create_account(
        "hoa", "mot hai ba bon", "hoa@example.org", agreement=True, scopes=["read", "write"]
    )
    assert api.account_verify_credentials().acct == "hoa"


async def test_sign_in_profile_and_sign_up() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("lan")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's own
            api, client_id = await asyncio.to_thread(_registered, rig.url)
            request = await oauth.prepare_authorization(
                rig.network,
                response_type="code",
                client_id=client_id,
                redirect_uri=OOB,
                scope=" ".join(SCOPES),
            )
            answer = await oauth.grant(rig.network, await rig.account_id("lan"), request)
            await asyncio.to_thread(_use, api, answer.code)
            await asyncio.to_thread(_join, rig.url)
