import pytest
from hypothesis import given

from noi.text.handles import reserved_handle, suggest_handle, valid_handle
from text.samples import texts


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Nguyễn Văn Ánh", "nguyenvananh"),
        ("Đặng Thị Thùy Dương", "dangthithuyduong"),
        ("Jörg Müller", "jorgmuller"),
        ("ສະບາຍດີ", ""),
        ("Admin", ""),
        ("x" * 50, "x" * 30),
    ],
)
def test_suggestions(name: str, handle: str):
    assert suggest_handle(name) == handle


@given(texts)
def test_suggestions_are_valid(name: str):
    handle = suggest_handle(name)
    assert not handle or (valid_handle(handle) and not reserved_handle(handle))


def test_valid_handles():
    assert valid_handle("tu_do_2026") and valid_handle("Anh")
    assert not any(map(valid_handle, ["", "a" * 31, "ánh", "a b", "a-b", "a\n", "ａ"]))
    assert reserved_handle("ADMIN") and not reserved_handle("anh")
