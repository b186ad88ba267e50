import pytest

from activitypub.documents import HOME
from noi.activitypub.events import read_event


def test_times() -> None:
    event = read_event({"startTime": "2026-02-04T11:05:06+07:00", "endTime": "late"})
    assert (event.starts_at, event.ends_at) == (1_770_177_906_000, None)
    assert event.place == event.address == event.link == ""


def test_several_places() -> None:
    event = read_event(
        {
            "location": [
                {"type": "Place", "name": "Nhà hát", "address": "1 Tràng Tiền"},
                {"type": "VirtualLocation", "name": "Trực tuyến", "url": f"{HOME}/live"},
            ]
        }
    )
    assert (event.place, event.address, event.link) == ("Nhà hát", "1 Tràng Tiền", f"{HOME}/live")


@pytest.mark.parametrize(
    ("location", "place", "link"),
    [
        ("Nhà hát", "Nhà hát", ""),
        (f"{HOME}/live", "", f"{HOME}/live"),
        (None, "", ""),
        (5, "5", ""),
    ],
)
def test_places_in_a_word(location: object, place: str, link: str) -> None:
    event = read_event({"location": location})
    assert (event.place, event.link) == (place, link)


def test_postal_addresses() -> None:
    address = {"type": "PostalAddress", "addressLocality": "Huế", "addressCountry": None}
    assert read_event({"location": {"name": None, "address": address}}).address == "Huế"
