import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.models.data_lists import MAX_LINES, ListKind
from noi.models.errors import Invalid
from noi.text.csv_lists import MAX_BYTES, read_list

HEADING = "Account address,Show boosts,Notify on new posts,Languages\n"


def cells(text: str | bytes, kind: ListKind) -> list[list[str]]:
    data = text.encode() if isinstance(text, str) else text
    return [line.cells for line in read_list(data, kind) if line.reason is None]


def reasons(text: str | bytes, kind: ListKind) -> dict[int, str]:
    data = text.encode() if isinstance(text, str) else text
    return {line.number: line.reason.message for line in read_list(data, kind) if line.reason}


def test_following_as_mastodon_writes_it() -> None:
    text = f'{HEADING}lan@a.example,true,false,"vi, en"\n@Mai@b.example,false,true,\n'
    assert cells(text, ListKind.FOLLOWING) == [
        ["lan@a.example", "true", "false", "vi,en"],
        ["Mai@b.example", "false", "true", ""],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "lan@a.example\nmai@b.example\n",
        "\ufefflan@a.example\r\nmai@b.example\r\n",
        "lan@a.example\rmai@b.example",
        "Account address\n\nlan@a.example\n ,, \nmai@b.example",
        "Account address;Hide notifications\nlan@a.example;\nmai@b.example;",
        '"lan@a.example"\n"mai@b.example",\n',
        "lan@a.example\nLAN@a.example\nmai@b.example\n",
        "'@lan@a.example\nacct:mai@b.example\n",
    ],
)
def test_plain_lists_in_many_spellings(text: str) -> None:
    assert cells(text, ListKind.BLOCKS) == [["lan@a.example"], ["mai@b.example"]]


def test_utf_16_as_spreadsheets_write_it() -> None:
    data = "List name\tAccount address\r\nBạn bè\tlan@a.example\r\n".encode("utf-16")
    assert cells(data, ListKind.LISTS) == [["Bạn bè", "lan@a.example"]]


def test_columns_go_by_their_heading() -> None:
    text = "Notify on new posts,Account address\ntrue,lan@a.example\n"
    assert cells(text, ListKind.FOLLOWING) == [["lan@a.example", "", "true", ""]]


def test_domains_and_bookmarks() -> None:
    text = "#domain,#severity\nspam.example,suspend\n"
    assert cells(text, ListKind.DOMAINS) == [["spam.example"]]
    assert cells("https://a.example/1?x=1\n", ListKind.BOOKMARKS) == [["https://a.example/1?x=1"]]


def test_odd_lines_spoil_no_other() -> None:
    lines = [
        "lan@a.example",
        '"mai@b.example',
        "=HYPERLINK(1)",
        "a b@c.example",
        "x" * 5000,
        "a\x01b@c.example",
        "https://a.example/@lan",
        "nam@c.example,perhaps",
        "hoa@d.example,true",
    ]
    text = "\n".join(lines)
    found = reasons(text, ListKind.MUTES)
    assert list(found) == [2, 3, 4, 5, 6, 7, 8]
    assert found[2] == "The quotation marks do not match"
    assert found[5] == "The line is too long"
    assert found[8] == "“{text}” is neither true nor false"
    assert cells(text, ListKind.MUTES) == [["lan@a.example", ""], ["hoa@d.example", "true"]]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n,,\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"https://a.example/1\nhttps://a.example/2\n",
        b"Account address\n",
        b"List name\nx\n",
        b"lan@a.example\n" * (MAX_BYTES // 10),
        "\n".join(f"n{n}@a.example" for n in range(MAX_LINES + 1)).encode(),
    ],
    ids=["empty", "blank", "picture", "other", "heading", "wrong", "large", "long"],
)
def test_useless_files_are_refused_whole(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_list(data, ListKind.LISTS if data.startswith(b"List") else ListKind.BLOCKS)
    assert refused.value.field == "file"


@given(st.binary(max_size=400), st.sampled_from(ListKind))
def test_any_bytes_are_read_or_refused(data: bytes, kind: ListKind) -> None:
    try:
        lines = read_list(data, kind)
    except Invalid:
        return
    assert any(line.reason is None for line in lines)


@given(
    st.lists(st.sampled_from(["a@b.c", '"', ",", ";", "\n", "\r\n", "'", "=", "true", "ệ", "\0"])),
    st.sampled_from(ListKind),
)
def test_shuffled_lists(parts: list[str], kind: ListKind) -> None:
    try:
        lines = read_list("".join(parts).encode(), kind)
    except Invalid:
        return
    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers))
