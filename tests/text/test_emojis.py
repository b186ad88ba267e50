from hypothesis import given

from noi.text.emojis import find_shortcodes
from text.samples import texts


def test_find_shortcodes():
    assert find_shortcodes(":hoa_sen: a :pho:, :hoa_sen: (:ga2:)") == ["hoa_sen", "pho", "ga2"]
    assert find_shortcodes("10:30:45 :a: :cà_phê: x:pho: :pho:x ::pho::") == []


@given(texts)
def test_never_raises(text: str):
    find_shortcodes(text)
