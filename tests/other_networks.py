"""Other networks that a network knows, and decisions about them, for tests of pages."""

from noi.db import hosts, policy_lists
from noi.db.database import Transaction
from noi.models.federation import Severity
from noi.models.ids import now_ms
from noi.models.policies import Proposal
from noi.services import policy_decisions
from noi.services import policy_lists as list_services
from noi.services.network import Network
from strangers import arrive, follow_back

WEEK_MS = 7 * 86_400_000
LIST = (
    "#domain,#severity,#public_comment\n"
    "thu-rac.example,suspend,Gửi thư rác hằng ngày\n"
    "ban-be.example,suspend,\n"
    "dalat.example,silence,\n"
    "che***ten.example,suspend,\n"
)


async def meet(network: Network, account_id: int) -> list[str]:
    """Make other networks known to an account's; answers the addresses of pages about them."""
    now = now_ms()
    a = await arrive(network, "maianh", "dalat.example")
    b = await arrive(network, "ban", "ban-be.example")
    bad = await arrive(network, "quangcao", "rat-dai-va-xau.mang-quang-cao-thu-rac.example")
    for other in (a, b, bad):
        await follow_back(network, account_id, other)
    await follow_back(network, bad, account_id)

    async def work(tx: Transaction) -> None:
        await hosts.heard(tx, ["dalat.example", "ban-be.example", "im-lang.example"], now)
        await hosts.succeeded(tx, ["dalat.example"], now)
        await hosts.describe(tx, "dalat.example", "mastodon", "4.6.5", now)
        await hosts.failed(tx, "ban-be.example", "no complete answer in time", None, now)
        await hosts.failed(tx, "im-lang.example", "Connection refused", None, now - 2 * WEEK_MS)
        await hosts.failed(tx, "im-lang.example", "Connection refused", None, now)

    await network.db.transaction(work)
    proposal = Proposal(
        domain="mang-quang-cao-thu-rac.example",
        severity=Severity.BLOCK,
        rule="Không gửi thư rác",
        reason="Mỗi ngày hàng trăm quảng cáo, hỏi không ai trả lời.",
        reject_reports=True,
        obfuscate=True,
    )
    await policy_decisions.decide(network, None, proposal)
    made = await list_services.subscribe(
        network, None, url="https://lists.example/chung.csv", title="Danh sách chung", rule="Luật"
    )
    await network.db.transaction(lambda tx: policy_lists.fetched(tx, made.id, LIST))
    await network.db.execute("DELETE FROM jobs WHERE name = 'FetchPolicyList'")
    home = "/owner/federation"
    return [
        home,
        f"{home}/failing",
        f"{home}/dead",
        f"{home}/mail",
        f"{home}/policies",
        f"{home}/policies/import",
        f"{home}/policies/allowed",
        f"{home}/policies/allowed/remove?domain=dalat.example",
        f"{home}/policies/decide?domain=dalat.example",
        f"{home}/policies/decide?domain=mang-quang-cao-thu-rac.example",
        f"{home}/lists",
        f"{home}/lists/{made.id}",
        f"{home}/hosts/dalat.example",
        f"{home}/hosts/ban-be.example",
        "/severances",
    ]
