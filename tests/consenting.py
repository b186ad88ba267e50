"""People who let themselves be found, or not, and what they post, for tests."""

from noi.models.composition import Composition
from noi.services import profiles, statuses
from noi.services.profiles import Profile
from testrig import Rig


async def person(rig: Rig, name: str, *, discoverable: bool = True, indexable: bool = True) -> int:
    await rig.create_account(name)
    account_id = await rig.account_id(name)
    if discoverable or indexable:
        wish = Profile(discoverable=discoverable, indexable=indexable)
        await profiles.update(rig.network, account_id, wish)
    return account_id


async def post(rig: Rig, account_id: int, text: str = "Chào cả nhà", **more: object) -> int:
    composition = Composition(text=text, **more)  # type: ignore[arg-type]
    return (await statuses.create(rig.network, account_id, composition)).status.id
