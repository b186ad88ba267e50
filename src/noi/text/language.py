"""Which language a text is in, where that is plain: Vietnamese, English or Lao, else nothing.

A wrong guess hides a status from people who filter by language; no guess costs nothing. So a
guess needs evidence: script, letters that no other language has, or several frequent words.
"""

import re

from noi.text.characters import nfc
from noi.text.entities import find_entities

_LAO = re.compile(r"[\u0e81-\u0edf]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
_ONLY_VIETNAMESE = re.compile(
    "[ơưảẩẳẻểỉỏổởủửỷẫẵẽễỗỡữỹấắếốớứầằềồờừỳạậặẹệịọộợụựỵ]|đ[àáâăêôèéìíòóùúýu]", re.IGNORECASE
)
_VIETNAMESE_MARKS = re.compile("[àáâãèéêìíòóôõùúýăđĩũ]", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VIETNAMESE_WORDS = _words("""
    ai anh ba bao bên các cái cho chào chưa chúng có còn cùng con cũng cha cho cô của cần do em
    gì hay hơn hôm khi khác không là làm lên lúc mà mình mẹ mới nay nhau nhà nhé như nhưng nào này
    năm nên nếu ngày người phải qua quá ra rất rồi sao sau sẽ ta theo thì thấy thế tôi trên trong
    trước tại từ tới vì và vào vẫn về với xin ông đang đã đi đây đó được đến đều để ở
""")
_ENGLISH_WORDS = _words("""
    about after all also and are because been before being but can could did does don't for from
    get good great had has have he her here his how i'm if into is it it's just know like more most
    much my new not now of on only or other our out people please she should so some than thank
    thanks that that's the their them then there these they this those time to today too very want
    was we were what when where which who why will with would you your
""")
_ENGLISH_ONLY = _words("""
    about also and are because been before being but could did does don't from get good great has
    have here how i'm it's just know most much not of only our people please she should than thank
    thanks that's the their them these they this those today too very want were what where which
    why will with would you your
""")
_CODE = re.compile(r"([a-z]{2,3})(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
_ISO_639_1 = _words("""
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
    pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
""")


def valid_language(code: str) -> bool:
    """Whether `code` is a language tag a status may carry: `vi`, `zh-TW`, `sr-Latn`, `hmn`."""
    match = _CODE.fullmatch(code)
    return match is not None and (len(match[1]) == 3 or match[1] in _ISO_639_1)


def primary(code: str) -> str:
    """The language of a tag without its script and region: `vi` of `vi-VN`, `zh` of `zh-Hant-TW`.

    What people can read is told by it; RFC 5646, 2.2.1.
    """
    return code.strip().replace("_", "-").partition("-")[0].lower()


def guess(text: str) -> str | None:
    """`vi`, `en` or `lo`, or None when the evidence does not suffice.

    Links, mentions and hashtags do not count; Vietnamese without its marks is not guessed.
    """
    prose = _without_entities(nfc(text))[:5000]
    letters = len(_LETTER.findall(prose))
    if not letters:
        return None
    if len(_LAO.findall(prose)) * 2 > letters:
        return "lo"
    words = [word.replace("’", "'") for word in _WORD.findall(prose.lower())]
    if _is_vietnamese(words):
        return "vi"
    return "en" if _is_english(words) else None


def _without_entities(text: str) -> str:
    parts: list[str] = []
    end = 0
    for entity in find_entities(text):
        parts.append(text[end : entity.start])
        end = entity.end
    return " ".join([*parts, text[end:]])


def _is_vietnamese(words: list[str]) -> bool:
    own = {word for word in words if _ONLY_VIETNAMESE.search(word)}
    marked = sum(1 for word in words if word in own or _VIETNAMESE_MARKS.search(word))
    frequent = sum(1 for word in words if word in _VIETNAMESE_WORDS)
    english = sum(1 for word in words if word in _ENGLISH_ONLY)
    # Vietnamese names stand in English text too, and English words in Vietnamese.
    if own:
        return marked * 4 >= len(words) and marked > english
    return marked >= 2 and frequent * 2 >= len(words) and len(words) >= 3


def _is_english(words: list[str]) -> bool:
    frequent = sum(1 for word in words if word in _ENGLISH_WORDS)
    only = {word for word in words if word in _ENGLISH_ONLY}
    plain = sum(1 for word in words if word.isascii())
    return len(only) >= 2 and frequent * 4 >= len(words) and plain * 3 >= len(words) * 2
