"""List: https://docs.joinmastodon.org/entities/List/"""

import msgspec

from noi.models.lists import AccountList


class ListEntity(msgspec.Struct):
    id: str
    title: str
    replies_policy: str
    exclusive: bool


def list_entity(item: AccountList) -> ListEntity:
    """A list, without its members."""
    return ListEntity(str(item.id), item.title, item.replies_policy, item.exclusive)
