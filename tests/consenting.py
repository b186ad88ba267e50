"""People who let themselves be found, or not, and what they post, for tests."""

from noi.activitypub import fasp
from noi.models.composition import Composition
from noi.services import alliance, profiles, registrations, statuses
from noi.services.profiles import Profile
from noi.services.registrations import Registration
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


async def join_alliances(rig: Rig) -> list[str]:
    """A provider that waits and one that is in use, neither of which answers; their pages."""
    paths = ["/owner/alliance"]
    for number in (1, 2):
        key = fasp.new_pair().public_key
        asked = Registration("Tìm quanh", f"http://localhost:{number}", "chung-toi", key)
        told = await registrations.register(rig.network, asked)
        if number == 2:
            await alliance.confirm(
                rig.network, None, int(told.fasp_id), fingerprint=fasp.fingerprint(key)
            )
        paths.append(f"/owner/alliance/{told.fasp_id}")
    return paths
