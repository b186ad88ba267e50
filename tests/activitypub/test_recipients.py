from activitypub.documents import ANH, note
from noi.activitypub.recipients import Recipients, read_recipients
from noi.activitypub.vocabulary import PUBLIC

FOLLOWERS = f"{ANH}/followers"


def test_public() -> None:
    read = read_recipients(note())
    assert read == Recipients((PUBLIC,), (FOLLOWERS,))
    assert (read.public, read.unlisted) == (True, False)
    assert read.everyone == (FOLLOWERS,)


def test_unlisted() -> None:
    read = read_recipients(note(to=FOLLOWERS, cc="as:Public"))
    assert (read.public, read.unlisted) == (False, True)


def test_addressed() -> None:
    read = read_recipients(
        note(to=ANH, cc=[], bto=[ANH], bcc={"id": FOLLOWERS}, audience=[None, "x"])
    )
    assert (read.public, read.unlisted) == (False, False)
    assert read.everyone == (ANH, FOLLOWERS)
