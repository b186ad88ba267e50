"""To whom something is addressed."""

import msgspec

from noi.activitypub.normalize import Document, audience
from noi.activitypub.vocabulary import PUBLIC


class Recipients(msgspec.Struct, frozen=True):
    """Ids of actors and collections; everybody stands as `PUBLIC`."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bto: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Whether everybody is addressed first of all."""
        return PUBLIC in self.to

    @property
    def unlisted(self) -> bool:
        """Whether everybody may read it, though it is not announced to them."""
        return PUBLIC not in self.to and PUBLIC in (*self.cc, *self.audience)

    @property
    def everyone(self) -> tuple[str, ...]:
        """All that are addressed, each once, without `PUBLIC`."""
        ids = dict.fromkeys((*self.to, *self.cc, *self.bto, *self.bcc, *self.audience))
        ids.pop(PUBLIC, None)
        return tuple(ids)


def read_recipients(node: Document) -> Recipients:
    """The recipients of a compacted object or activity, at most 1,000 under each name."""
    return Recipients(
        audience(node.get("to")),
        audience(node.get("cc")),
        audience(node.get("bto")),
        audience(node.get("bcc")),
        audience(node.get("audience")),
    )
