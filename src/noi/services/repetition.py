"""By what an activity is known again that comes twice."""

import hashlib

import msgspec

from noi.activitypub.activities import Activity
from noi.activitypub.uris import authority_of
from noi.models.federation import Mail


class Repetition(msgspec.Struct, frozen=True):
    """`key` is empty where a repetition cannot be told, and does no harm. `reopens` is the key of
    what may come again with the same id after this.
    """

    key: bytes = b""
    reopens: bytes = b""


def repetition_of(activity: Activity, mail: Mail) -> Repetition:
    """The keys of an activity: its id, as far as its actor's host is concerned.

    Some servers (Misskey) send the same Follow, and the same Undo of it, under one id each time
    someone follows again. So of the two the one makes the other count anew.
    """
    host = authority_of(mail.actor_uri)
    if activity.type == "Follow" and activity.id:
        return Repetition(_key(host, activity.id), _key(host, f"undo {activity.id}"))
    undone = activity.undone
    if undone is not None and undone.type == "Follow" and undone.id:
        return Repetition(_key(host, f"undo {undone.id}"), _key(host, undone.id))
    return Repetition(_key(host, activity.id)) if activity.id else Repetition()


def _key(host: str, id_: str) -> bytes:
    return hashlib.sha256(f"{host}\n{id_}".encode()).digest()
