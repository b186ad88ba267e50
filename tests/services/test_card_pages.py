import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.services.card_pages import HEAD_BYTES, MAX_DESCRIPTION, MAX_TITLE, decode, read_page

URL = "https://bao.example/tin/1"

ARTICLE = """<!doctype html><html lang="vi-VN"><head>
<meta charset="utf-8"><title>Tiêu đề của trang</title>
<meta property="og:title" content="Mùa lụt &amp; phù sa">
<meta property="og:description" content="Nước lên
  từ sáng sớm">
<meta property="og:site_name" content="Báo Sông Nước">
<meta property="og:image" content="/anh/lut.jpg">
<meta property="og:image:alt" content="Thuyền trên phố">
<meta name="author" content="Nguyễn Văn Ánh">
<meta property="article:published_time" content="2026-11-20T08:00:00+07:00">
</head><body><meta property="og:title" content="Không phải"></body></html>"""


def test_an_article() -> None:
    page = read_page(ARTICLE.encode(), "", URL)
    assert page.title == "Mùa lụt & phù sa"
    assert page.description == "Nước lên từ sáng sớm"
    assert page.site == "Báo Sông Nước"
    assert page.author == "Nguyễn Văn Ánh"
    assert page.image == "https://bao.example/anh/lut.jpg"
    assert page.image_description == "Thuyền trên phố"
    assert page.language == "vi"
    assert page.published_at == 1_795_136_400_000


def test_plain_html_is_enough() -> None:
    page = read_page(
        b"<title> Ti\xc3\xaau \n \xc4\x91\xe1\xbb\x81 </title><meta name=description content=x>",
        "",
        URL,
    )
    assert (page.title, page.description) == ("Tiêu đề", "x")
    assert page.image == page.author == page.language == ""
    assert page.published_at is None


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("https://cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("b.jpg", "https://bao.example/tin/b.jpg"),
        ("data:image/png;base64,AAAA", ""),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
        ("https://x.example/" + "a" * 3000, ""),
    ],
)
def test_addresses_of_pictures(image: str, expected: str) -> None:
    page = read_page(f'<meta property="og:image" content="{image}">'.encode(), "", URL)
    assert page.image == expected


def test_long_and_tricky_texts_are_cleaned_and_cut() -> None:
    hidden = "a\u202eb\u0000c\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    head = f"<title>{hidden}{'x' * 5000}</title><meta name=description content='{'y ' * 9000}'>"
    page = read_page(head.encode(), "", URL)
    assert "\u202e" not in page.title
    assert len(page.title) <= MAX_TITLE
    assert len(page.description) <= MAX_DESCRIPTION
    assert page.title.endswith("…")


@pytest.mark.parametrize(
    ("body", "charset", "expected"),
    [
        ("chào".encode(), "", "chào"),
        ("chào".encode(), "utf-8", "chào"),
        ("Phở".encode("utf-16"), "", "Phở"),
        (b"\xef\xbb\xbfch\xc3\xa0o", "iso-8859-1", "chào"),
        ("Trà".encode("cp1258"), "windows-1258", "Trà"),
        (
            "<meta charset='windows-1258'>Trà".encode("cp1258"),
            "",
            "<meta charset='windows-1258'>Trà",
        ),
        ("chào".encode(), "no-such-charset", "chào"),
        ("chào".encode(), "rot13", "chào"),
        ("chào".encode(), "zlib", "chào"),
        (b"ch\xe0o", "", "ch\ufffdo"),
    ],
)
def test_charsets(body: bytes, charset: str, expected: str) -> None:
    assert decode(body, charset) == expected


HOSTILE = [
    b"<",
    b"<!",
    b"<!--",
    b"<![CDATA[",
    b"<?",
    b"</",
    b"<a ",
    b"<a x=",
    b"<a x='",
    b'<meta content="',
    b"<meta x ",
    b"<a/ / ",
    b"&",
    b"&#",
    b"&amp",
    b"<title>",
    b"<title><!--",
    b"<script>",
    b"<script></scrip",
    b"<a\x00",
    b"<!doctype [",
    b"<![if ",
    b"</title ",
    b"<meta charset=",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("start", [b"", b"<html><head>", b"<title>"])
def test_hostile_pages_cost_little(start: bytes, piece: bytes) -> None:
    body = start + piece * (HEAD_BYTES // len(piece))
    started = time.process_time()
    read_page(body, "utf-8", URL)
    assert time.process_time() - started < 2


@given(
    st.lists(
        st.sampled_from([*HOSTILE, b">", b" ", b"=", b'"', b"'", b"meta", b"\xff", b"x"]),
        max_size=60,
    )
)
def test_never_raises(pieces: list[bytes]) -> None:
    read_page(b"".join(pieces), "", URL)
