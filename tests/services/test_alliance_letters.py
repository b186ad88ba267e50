"""Who runs a network gets letters, by real SMTP, about what its alliance decides."""

from tests.transport.postbox import Postbox, postbox

import testrig
from allied import join, settle
from noi.models.accounts import Role
from noi.services import settings
from noi.services.hub import charters, members
from people import join as joined

RULE, REASON = "Không gửi thư rác", "Ba nghìn quảng cáo trong một giờ"


def letters(box: Postbox, since: int) -> dict[str, str]:
    """What somebody was sent since, by the address."""
    return {message["To"]: message.get_content() for message in box.messages[since:]}


async def test_a_suspension_is_told_to_its_owners_with_rule_and_reason(engine: str) -> None:
    async with (
        postbox() as ours,
        postbox() as theirs,
        testrig.network(engine, smtp=f"smtp://127.0.0.1:{ours.port}") as rig,
        testrig.hub(engine, smtp=f"smtp://127.0.0.1:{theirs.port}") as hub,
    ):
        await rig.set_up()
        await settings.update(rig.network, None, {"contact_email": "hoi@lang.example"})
        await settings.update(hub.network, None, {"contact_email": "trongcoi@tram.example"})
        await charters.publish(hub.network, {"vi": "# Hiến chương"}, None)
        await joined(rig.network, "chu", Role.OWNER, "chu@lang.example")
        await joined(rig.network, "phu", Role.ADMIN, "phu@lang.example")
        await joined(rig.network, "lan", email="lan@lang.example")
        provider_id = await join(rig, hub)
        host, before = rig.network.settings.host, (len(ours.messages), len(theirs.messages))
        await members.suspend(hub.network, None, host, rule=RULE, reason=REASON)
        await settle(rig, hub, provider_id)
        # The hub writes to the contact that the network names …
        sent = letters(theirs, before[1])
        assert sent.keys() == {"hoi@lang.example"}
        for words in (RULE, REASON, "trongcoi@tram.example", f"{hub.url}/networks/{host}"):
            assert words in sent["hoi@lang.example"], words
        # … and the network, as soon as it learns of it, to its owners and admins, each once.
        sent = letters(ours, before[0])
        assert len(ours.messages) - before[0] == 2
        assert sent.keys() == {"chu@lang.example", "phu@lang.example"}
        for letter in sent.values():
            for words in (RULE, REASON, f"{rig.url}/owner/alliance/{provider_id}"):
                assert words in letter, words
        # Taken back, it is told as well.
        before = (len(ours.messages), len(theirs.messages))
        await members.readmit(hub.network, None, host)
        await rig.network.db.execute("UPDATE fasp_capabilities SET retry_at = 0")
        await settle(rig, hub, provider_id)
        assert letters(theirs, before[1]).keys() == {"hoi@lang.example"}
        assert letters(ours, before[0]).keys() == {"chu@lang.example", "phu@lang.example"}
