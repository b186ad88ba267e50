import unicodedata

import pytest
from hypothesis import given

from noi.text.fold import (
    MAX_TOKENS,
    exact_key,
    folded_key,
    has_tones,
    query_words,
    search_terms,
    tokens,
)
from text.samples import naughty_strings, texts, vietnamese_sentences


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoà", "hòa"), ("thuý", "thúy"), ("quý", "qúy"), ("toán", "tóan"), ("HoàBình", "HòaBình")],
)
def test_place_of_the_tone_does_not_matter(one: str, other: str):
    assert exact_key(one) == exact_key(other)


def test_six_tones_are_six_keys():
    syllables = ["ma", "má", "mà", "mả", "mã", "mạ"]
    assert len({exact_key(syllable) for syllable in syllables}) == 6
    assert {folded_key(syllable) for syllable in syllables} == {"ma"}


def test_vietnamese_letters_stay_apart_in_the_exact_key():
    assert len({exact_key(word) for word in ["an", "ân", "ăn", "da", "đa", "o", "ô", "ơ"]}) == 8


def test_a_tone_is_no_digit():
    assert exact_key("cò") != exact_key("CO2")


def test_words_with_several_marks_are_left_alone():
    assert exact_key("Résumé") == "résumé"


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Đường", "duong"),
        ("Nguyễn", "nguyen"),
        ("Ðà", "da"),
        ("ເມືອງ", "ເມືອງ"),
        ("Müller", "müller"),
    ],
)
def test_folding(word: str, folded: str):
    assert folded_key(word) == folded


@given(texts)
def test_keys_are_idempotent_and_agree_on_nfc_and_nfd(text: str):
    for key in (exact_key, folded_key):
        once = key(text)
        assert key(once) == once
        assert key(unicodedata.normalize("NFD", text)) == once
    assert folded_key(exact_key(text)) == folded_key(text)


def test_has_tones():
    assert has_tones("phố") and has_tones(unicodedata.normalize("NFD", "phố"))
    assert not has_tones("đông tây") and not has_tones("pho")


def test_tokens_of_spaced_scripts_are_syllables():
    assert tokens("Cảm ơn TP.HCM! @tu_do CO2") == [
        *("Cảm", "ơn", "TP", "HCM", "tu", "do", "CO2"),
    ]
    decomposed = unicodedata.normalize("NFD", "Việt Nam")
    assert tokens(decomposed) == ["Việt", "Nam"]


def test_tokens_of_lao_are_words():
    assert tokens("ສະບາຍດີທຸກຄົນໃນປະເທດລາວ") == ["ສະບາຍດີ", "ທຸກຄົນ", "ໃນ", "ປະເທດ", "ລາວ"]


def test_search_terms_go_side_by_side_and_add_trigrams():
    exact, folded = search_terms("Hà Nội ສະບາຍ")
    assert folded == ["ha", "noi", "ສະບາຍ", "ສະບ", "ະບາ", "ບາຍ"]
    assert exact == [exact_key("hà"), exact_key("nội"), *folded[2:]]


@pytest.mark.parametrize("query", ["ສະບາຍດີ", "ບາຍດີ", "ປະເທດລາວ", "ລາວ", "ສະບາຍດີທຸກຄົນໃນ"])
def test_query_words_of_lao_are_in_the_index(query: str):
    exact, _ = search_terms("ສະບາຍດີທຸກຄົນໃນປະເທດລາວ")
    assert query_words(query) and set(query_words(query)) <= set(exact)


def test_query_words_of_spaced_scripts_are_tokens():
    assert query_words("Cảm ơn, TP.HCM") == ["Cảm", "ơn", "TP", "HCM"]


@given(texts)
def test_search_terms_never_raise_and_hold_no_spaces(text: str):
    exact, folded = search_terms(text)
    assert len(exact) == len(folded)
    assert not any(character.isspace() for term in exact + folded for character in term)


def test_search_terms_are_capped():
    exact, _ = search_terms("à " * 50_000)
    assert len(exact) == MAX_TOKENS
    assert len(search_terms("ກ" * 100_000)[0]) <= MAX_TOKENS


def test_real_sentences_keep_their_syllables():
    for sentence in vietnamese_sentences():
        exact, folded = search_terms(sentence)
        assert (
            all(term.isascii() for term in folded if term.isalpha() and "ü" not in term) or folded
        )
        assert len(exact) == len(folded) > 0


def test_naughty_strings():
    for text in naughty_strings():
        search_terms(text)
