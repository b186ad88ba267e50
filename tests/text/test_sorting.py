from hypothesis import given

from noi.text.sorting import sort_key
from text.samples import texts


def _sorted(names: str) -> str:
    return " ".join(sorted(names.split(), key=sort_key))


def test_letters_with_marks_are_letters_of_their_own():
    order = "an ăn ân ba da đa en ên on ôn ơn un ưn xa"
    assert _sorted(" ".join(reversed(order.split()))) == order


def test_tones_sort_second():
    assert _sorted("mạ mã mả mà má ma") == "ma mà mả mã má mạ"
    assert _sorted("mạ mab ma") == "ma mạ mab"


def test_place_of_the_tone_and_case_do_not_count():
    assert sort_key("HOÀ") == sort_key("hòa")


def test_digits_before_letters_and_other_scripts_after():
    assert _sorted("ສະບາຍ Zé 9a Đặng Dung") == "9a Dung Đặng Zé ສະບາຍ"


def test_lao_vowels_before_a_consonant_sort_after_it():
    assert _sorted("ເຂ ກາ ຂາ ເກ") == "ກາ ເກ ຂາ ເຂ"


def test_given_name_first():
    names = ["Nguyễn Văn Ánh", "Trần An", "Lê Thị Ân", "Đỗ Bình", "Ánh"]
    names.sort(key=lambda name: sort_key(name, given_name_first=True))
    assert names == ["Trần An", "Ánh", "Nguyễn Văn Ánh", "Lê Thị Ân", "Đỗ Bình"]


def test_decoration_does_not_count():
    assert sort_key("★ Ánh ★") == sort_key("Ánh")
    assert sort_key("★") > ""


@given(texts)
def test_keys_are_ascii(text: str):
    key = sort_key(text)
    assert key.isascii() and (key.isalnum() or not key)
