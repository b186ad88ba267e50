"""Lists of domain policies as files: read, compared, applied, written."""

from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.test_policy_decisions import block

import people
import testrig
from noi.models.errors import Invalid
from noi.models.federation import Severity
from noi.services import policy_decisions, policy_files
from noi.services.network import Network
from strangers import arrive, follow_back

pytestmark = pytest.mark.anyio

MASTODONS = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Spam.example,suspend,FALSE,FALSE,"Thư rác, mỗi ngày",false
loud.example,silence,true,true,,true
quiet.example,noop,true,false,,false
hid***en.example,suspend,false,false,,false
odd.example,cancel,false,false,,false
nothing.example,noop,false,false,,false
localhost,suspend,false,false,,false
"""


@pytest.fixture
async def network(engine: str) -> AsyncGenerator[Network]:
    async with testrig.services(engine) as rig:
        yield rig.network


async def test_a_list_of_mastodon_is_read_with_errors_by_line(network: Network) -> None:
    entries, problems = policy_files.parse(network, MASTODONS)
    assert [(one.line, one.domain, one.severity) for one in entries] == [
        (2, "spam.example", Severity.BLOCK),
        (3, "loud.example", Severity.LIMIT),
        (4, "quiet.example", Severity.NONE),
    ]
    assert entries[0].comment == "Thư rác, mỗi ngày"
    assert entries[1].reject_media
    assert entries[1].reject_reports
    assert entries[1].obfuscate
    assert [one.line for one in problems] == [5, 6, 7, 8]


async def test_a_plain_list_is_read(network: Network) -> None:
    text = "\ufeff# những nơi\nbad.example\n\n*.worse.example\nbad.example\nnot a name\n"
    entries, problems = policy_files.parse(network, text, Severity.LIMIT)
    assert [one.domain for one in entries] == ["bad.example", "worse.example"]
    assert {one.severity for one in entries} == {Severity.LIMIT}
    assert [one.line for one in problems] == [6]


async def test_what_was_decided_stays(network: Network) -> None:
    await policy_decisions.decide(network, None, block("loud.example"))
    await policy_decisions.decide(network, None, block("spam.example"))
    lan = await people.join(network, "lan")
    await follow_back(network, lan.account_id, await arrive(network, "a", "x.new.example"))
    entries, problems = policy_files.parse(network, MASTODONS + "new.example,suspend\n")
    changes = await policy_files.compare(network, entries, problems)
    assert [one.entry.domain for one in changes.additions] == ["quiet.example", "new.example"]
    assert changes.additions[1].effect.following == 1
    assert not changes.additions[0].effect.severs
    assert (changes.kept, changes.same) == (["loud.example"], 1)

    new = [one.entry for one in changes.additions]
    await policy_files.apply(network, None, new, rule="Luật", reason="Theo danh sách")
    kept = await policy_decisions.get(network, "loud.example")
    assert kept and kept.severity is Severity.BLOCK
    added = await policy_decisions.get(network, "new.example")
    assert added and (added.reason, added.rule_text) == ("Theo danh sách", "Luật")


async def test_what_is_written_is_read_again(network: Network) -> None:
    entries, _ = policy_files.parse(network, MASTODONS)
    await policy_files.apply(network, None, entries, rule="Luật", reason="Theo danh sách")
    written = await policy_files.export(network)
    assert written.decode().startswith(MASTODONS.splitlines()[0])
    again, problems = policy_files.parse(network, written.decode())
    assert not problems
    changes = await policy_files.compare(network, again)
    assert (changes.additions, changes.kept, changes.same) == ([], [], 3)


async def test_hostile_lists_end_in_errors(network: Network) -> None:
    for text in ("a.example\n" * (policy_files.MAX_LINES + 1), "x" * (policy_files.MAX_BYTES + 1)):
        with pytest.raises(Invalid):
            policy_files.parse(network, text)

    @given(st.text())
    def survives(text: str) -> None:
        with suppress(Invalid):
            policy_files.parse(network, text)

    survives()
