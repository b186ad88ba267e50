import gzip
import re

import pytest

from noi.ui import static_files


def test_addresses_carry_a_hash_and_lead_to_the_bytes() -> None:
    address = static_files.static_url("look.css")
    assert re.fullmatch(r"/static/look\.[0-9a-f]{10}\.css", address)
    file = static_files.find(address.removeprefix("/static/"))
    assert file is not None
    headers, body = static_files.answer(file, "gzip, br")
    assert headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == file.body
    headers, body = static_files.answer(file, "identity")
    assert "content-encoding" not in headers
    assert headers["vary"] == "accept-encoding"
    assert body == file.body


@pytest.mark.parametrize("name", ["look.css", "../config.py", "look.0000000000.css", ""])
def test_other_names_lead_nowhere(name: str) -> None:
    assert static_files.find(name) is None


def compressed(name: str) -> int:
    file = static_files.find(static_files.static_url(name).removeprefix("/static/"))
    assert file is not None
    assert file.gzipped is not None
    return len(file.gzipped)


def test_the_budgets_of_style_and_script_hold() -> None:
    size = {name: compressed(name) for name in ("look.css", "htmx.js", "noi.js")}
    assert size["look.css"] <= 15 * 1024
    assert size["htmx.js"] + size["noi.js"] <= 25 * 1024
