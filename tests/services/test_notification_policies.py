from collections.abc import AsyncGenerator

import msgspec
import pytest

import people
import testrig
from noi.db.notifications import Circumstances
from noi.models.accounts import AccountKind, AccountState, Role, Viewer
from noi.models.composition import Composition
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import Notify
from noi.models.notifications import NotificationKind, PolicyChoice
from noi.models.paging import Page
from noi.services import (
    follows,
    notification_policies,
    notifications,
    preferences,
    statuses,
)
from noi.services.network import Network

_DAY_MS = 86_400_000
ACCEPT, FILTER, DROP = PolicyChoice


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


def stranger(**changes: object) -> Circumstances:
    """Someone unknown who joined long ago, judged by the policy in `changes`."""
    values: dict[str, object] = {
        "recipient_state": AccountState.ACTIVE,
        "sender_state": AccountState.ACTIVE,
        "permitted": False,
        "followed_since": None,
        "joined_at": 0,
        "sender_kind": AccountKind.PERSON,
        "sender_is_staff": False,
        "unasked_private": False,
        "preferences": "{}",
    }
    for name in Circumstances.__struct_fields__:
        values.setdefault(name, False)
    policy = {name: choice for name, choice in changes.items() if name.startswith("for_")}
    if policy:
        parts = ",".join(f'"{name}":"{choice}"' for name, choice in policy.items())
        values["preferences"] = f'{{"notification_policy":{{{parts}}}}}'
    facts = {name: value for name, value in changes.items() if not name.startswith("for_")}
    row = [(values | facts)[name] for name in Circumstances.__struct_fields__]
    return msgspec.convert(row, Circumstances)


@pytest.mark.parametrize(
    ("facts", "choice"),
    [
        ({}, ACCEPT),
        ({"sender_state": AccountState.LIMITED}, FILTER),
        ({"for_not_following": "filter"}, FILTER),
        ({"for_not_following": "filter", "following": True}, ACCEPT),
        ({"for_not_following": "drop", "permitted": True}, ACCEPT),
        ({"for_not_following": "drop", "sender_is_staff": True}, ACCEPT),
        ({"for_not_followers": "drop"}, DROP),
        ({"for_not_followers": "drop", "followed_since": 1}, ACCEPT),
        ({"for_not_followers": "drop", "followed_since": now_ms()}, DROP),
        ({"for_new_accounts": "filter"}, ACCEPT),
        ({"for_new_accounts": "filter", "joined_at": now_ms() - _DAY_MS}, FILTER),
        ({"for_private_mentions": "filter"}, ACCEPT),
        ({"for_private_mentions": "filter", "unasked_private": True}, FILTER),
        ({"for_bots": "drop", "sender_kind": AccountKind.BOT}, DROP),
        ({"for_not_following": "filter", "for_not_followers": "drop"}, DROP),
    ],
)
def test_the_harshest_that_applies_decides(facts: dict[str, object], choice: PolicyChoice) -> None:
    assert notification_policies.decide(NotificationKind.MENTION, stranger(**facts)) is choice


async def mention(network: Network, sender: Viewer, person: Viewer, visibility: str = "") -> int:
    composition = Composition(text="Chào bạn", visibility=visibility)
    view = await statuses.create(network, sender.account_id, composition)
    job = Notify(person.account_id, "mention", sender.account_id, view.status.id)
    await notifications.notify(network, job)
    return view.status.id


async def test_requests_are_accepted_or_dismissed(rig: testrig.Rig) -> None:
    an, binh, chi = [await people.join(rig.network, name) for name in ("an", "binh", "chi")]
    me = an.account_id
    policy = await notification_policies.update(rig.network, me, {"for_not_following": "filter"})
    assert policy == await notification_policies.get(rig.network, me)
    for sender in (binh, chi, binh):
        last = await mention(rig.network, sender, an)
    assert not await notifications.page(rig.network, me, Page())
    aside = await notifications.page(rig.network, me, Page(), with_filtered=True)
    assert len(aside) == 3
    assert await notification_policies.count(rig.network, me) == (2, 3)
    waiting = await notification_policies.requests(rig.network, me, Page())
    assert [(row.from_account_id, row.count) for row in waiting] == [
        (binh.account_id, 2),
        (chi.account_id, 1),
    ]
    assert waiting[0].last_status_id == last
    older = Page(max_id=waiting[0].newest_id)
    assert await notification_policies.requests(rig.network, me, older) == waiting[1:]
    found = await notification_policies.request(rig.network, me, binh.account_id)
    assert found == waiting[0]

    await notification_policies.accept(rig.network, me, [binh.account_id])
    await notification_policies.dismiss(rig.network, me, [chi.account_id])
    assert len(await notifications.page(rig.network, me, Page())) == 2
    assert await notification_policies.count(rig.network, me) == (0, 0)
    with pytest.raises(NotFound):
        await notification_policies.request(rig.network, me, chi.account_id)
    for sender in (binh, chi):
        await mention(rig.network, sender, an)
    assert len(await notifications.page(rig.network, me, Page())) == 3


async def test_private_mentions_unasked_for(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    me = an.account_id
    await notification_policies.update(rig.network, me, {"for_private_mentions": "drop"})
    await mention(rig.network, binh, an, "direct")
    assert not await notifications.page(rig.network, me, Page())
    await mention(rig.network, binh, an)
    assert len(await notifications.page(rig.network, me, Page())) == 1
    await follows.follow(rig.network, me, binh.account_id)
    await mention(rig.network, binh, an, "direct")
    assert len(await notifications.page(rig.network, me, Page())) == 2


async def test_staff_always_gets_through(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")
    staff = await people.join(rig.network, "truong", Role.MODERATOR)
    everything = {"for_not_following": "drop", "for_not_followers": "drop"}
    await notification_policies.update(rig.network, an.account_id, everything)
    await mention(rig.network, staff, an)
    assert len(await notifications.page(rig.network, an.account_id, Page())) == 1


async def test_a_policy_and_reading_preferences_do_not_disturb_each_other(
    rig: testrig.Rig,
) -> None:
    me = (await people.join(rig.network, "an")).account_id
    await notification_policies.update(rig.network, me, {"for_bots": "drop"})
    await preferences.set_reading(
        rig.network, me, expand_media="show_all", expand_spoilers=True, autoplay_gifs=False
    )
    await notification_policies.update(rig.network, me, {"for_new_accounts": "filter"})
    policy = await notification_policies.get(rig.network, me)
    assert (policy.for_bots, policy.for_new_accounts) == (DROP, FILTER)
    found = await preferences.get(rig.network, me)
    assert (found.expand_media, found.expand_spoilers) == ("show_all", True)
    for changes in ({"for_bots": "maybe"}, {"for_friends": "drop"}):
        with pytest.raises(Invalid):
            await notification_policies.update(rig.network, me, changes)
    with pytest.raises(Invalid):
        await preferences.set_reading(
            rig.network, me, expand_media="some", expand_spoilers=True, autoplay_gifs=False
        )
