"""The first steps of a network: whoever holds the printed code names it and becomes its owner."""

import hmac
import secrets

import msgspec

from noi.auth import passwords
from noi.auth.secrets import token_hash
from noi.db import settings as table
from noi.db.database import Duplicate, Transaction
from noi.models.accounts import Role
from noi.models.errors import Conflict, Forbidden, Invalid, InvalidFields
from noi.models.ids import now_ms
from noi.services import confirmations, settings, sign_up, welcomes
from noi.services.network import Network
from noi.services.passwords import check_new
from noi.services.settings import NetworkSettings, Registrations
from noi.text.handles import valid_handle

_CODE = "setup_code"
# Easy to read aloud and to type: no letters that look like digits.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS = 4
_GROUP = 5


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner fills in; an empty `email` is allowed, for small machines send none."""

    code: str
    name: str
    language: str
    registrations: str
    handle: str
    email: str
    password: str


async def issue_code(network: Network) -> str | None:
    """Make a new code, in place of any earlier one; None when the network is set up."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    code = "-".join(groups)

    async def work(tx: Transaction) -> str | None:
        if settings.decode(await table.get_locked(tx, settings.NAME)).setup_done:
            return None
        await table.put(tx, _CODE, token_hash(_plain(code)).hex())
        return code

    return await network.db.transaction(work)


async def complete(network: Network, form: SetUp) -> int:
    """Name the network and make its owner, in one transaction and only once.

    Answers the owner's account id. Raises Forbidden for a wrong code, Conflict when the network
    is set up already, InvalidFields with every field at fault.
    """
    if (await settings.get(network)).setup_done:
        raise Conflict("This network is set up already")
    _check_code(form.code, await table.get(network.db, _CODE))
    chosen = _checked(form)
    email = confirmations.checked_email(form.email) if form.email.strip() else ""
    owner = _owner(form, email, await passwords.hash_password(form.password))

    async def work(tx: Transaction) -> int:
        before = settings.decode(await table.get_locked(tx, settings.NAME))
        if before.setup_done:
            raise Conflict("This network is set up already")
        _check_code(form.code, await table.get(tx, _CODE))
        account_id = await sign_up.insert_person(tx, network, owner)
        await welcomes.index(tx, account_id)
        done = msgspec.structs.replace(
            chosen,
            contact_email=email,
            contact_account_id=account_id,
            setup_done=True,
            created_at=now_ms(),
        )
        await settings.save(tx, done)
        await table.delete(tx, _CODE)
        return account_id

    try:
        account_id = await network.db.transaction(work)
    except Duplicate:
        raise Invalid("This username is taken", field="handle", code="ERR_TAKEN") from None
    settings.forget()
    return account_id


def _owner(form: SetUp, email: str, password_hash: str) -> sign_up.NewPerson:
    now = now_ms()
    return sign_up.NewPerson(
        username=form.handle.strip().lower(),
        email=email,
        password_hash=password_hash,
        role=Role.OWNER,
        locale=form.language,
        confirmed_at=now,
        approved_at=now,
    )


def _plain(code: str) -> str:
    return "".join(code.lower().split()).replace("-", "")


def _check_code(given: str, stored: str) -> None:
    if not stored or not hmac.compare_digest(token_hash(_plain(given)).hex(), stored):
        raise Forbidden("This code is wrong; the newest one was printed when the network started")


def _checked(form: SetUp) -> NetworkSettings:
    errors: list[Invalid] = []
    chosen = NetworkSettings()
    try:
        chosen = settings.checked(
            NetworkSettings(
                name=form.name,
                language=form.language,
                languages=(form.language,),
                registrations=_registrations(form.registrations),
            )
        )
    except Invalid as error:
        errors.append(error)
    if not valid_handle(form.handle.strip()):
        errors.append(Invalid("Use letters without marks, digits and _ only", field="handle"))
    try:
        check_new(form.password)
    except Invalid as error:
        errors.append(error)
    if form.email.strip():
        try:
            confirmations.checked_email(form.email)
        except Invalid as error:
            errors.append(error)
    if errors:
        raise InvalidFields(errors)
    return chosen


def _registrations(value: str) -> Registrations:
    try:
        return Registrations(value)
    except ValueError:
        raise Invalid("Choose who may join", field="registrations", code="ERR_INCLUSION") from None
