from noi.text.handles import reserved_handle, valid_handle


def test_valid_handles():
    assert valid_handle("tu_do_2026") and valid_handle("Anh")
    assert not any(map(valid_handle, ["", "a" * 31, "ánh", "a b", "a-b", "a\n", "ａ"]))
    assert reserved_handle("ADMIN") and not reserved_handle("anh")
