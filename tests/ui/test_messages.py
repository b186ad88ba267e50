import re

import pytest

from noi.ui import messages
from noi.ui.translation import gettext

NAMES = re.compile(r"\{(\w+)")


@pytest.mark.parametrize("locale", messages.TRANSLATED)
def test_every_message_is_translated(locale: str) -> None:
    assert messages.missing(locale) == []


@pytest.mark.parametrize("locale", messages.TRANSLATED)
def test_translations_name_the_same_things(locale: str) -> None:
    for message in messages.read(locale):
        one = message.id if isinstance(message.id, str) else message.id[-1]
        forms = [message.string] if isinstance(message.string, str) else message.string or []
        for form in forms:
            assert not form or set(NAMES.findall(one)) == set(NAMES.findall(str(form))), one


@pytest.mark.parametrize("locale", messages.TRANSLATED)
def test_the_compiled_catalogue_is_the_written_one(locale: str) -> None:
    for message in messages.read(locale):
        if isinstance(message.id, str) and message.id and message.string:
            assert gettext(locale, message.id) == message.string
