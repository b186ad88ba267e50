"""Through the pages that an app sends people to, without a browser."""

import re
from html import unescape

import requests

import testrig


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = [(re.search(r'name="([^"]*)"', i), re.search(r'value="([^"]*)"', i)) for i in inputs]
    return {name[1]: unescape(value[1]) for name, value in pairs if name and value}


def consent(url: str, address: str, decision: str = "allow") -> requests.Response:
    """Let lan@example.org sign in and decide as a browser does; the answer leads to the app."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=20)
        assert page.status_code == 200, page.text
        assert "/sign-in" in page.url
        typed = {**fields(page.text), "email": "lan@example.org", "password": testrig.PASSWORD}
        page = browser.post(f"{url}/sign-in", data=typed, timeout=20)
        assert page.status_code == 200, page.text
        assert page.url.startswith(f"{url}/oauth/authorize"), page.url
        assert "Ứng dụng" in page.text
        answer = {**fields(page.text), "decision": decision}
        return browser.post(
            f"{url}/oauth/authorize", data=answer, timeout=20, allow_redirects=False
        )
