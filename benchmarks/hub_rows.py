"""The rows of a made-up hub: members, consenting people, whom they follow and what they wrote."""

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import msgspec

from benchmarks import rows as made
from benchmarks.rows import Row
from noi.activitypub import fasp
from noi.db.hub import search
from noi.models.hub_records import HubAccount, HubPost
from noi.models.ids import first_id_at, now_ms
from noi.services.hub import indexing
from noi.services.hub.indexing import host_token, pairs
from noi.text.fold import search_terms

MEMBERS, ACCOUNTS, FOLLOWS = 200, 100_000, 20
TAGS, LINKS = 2000, 5000
_SENTENCES = Path("../shared/fixtures/vietnamese-sentences.tsv")
_DAYS = 60
_DAY_MS = 86_400_000
_RARE = 50_000
_FAMILY = """Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"""
_MIDDLE = """Văn Thị Đức Minh Thanh Hữu Ngọc Quang Thu Xuân Kim Gia Bảo Hồng"""
_GIVEN = """An Anh Bình Chi Cường Dung Dũng Giang Hà Hải Hạnh Hiền Hòa Hoa Hùng Hương Khánh Lan Linh
Long Mai Minh Nam Nga Ngân Ngọc Nhung Phong Phúc Phương Quân Quỳnh Sơn Tâm Thảo Thắng Thu Thủy Trang
Trung Tú Tuấn Tùng Uyên Vân Việt Vy Yến"""

_NAMES = [names.split() for names in (_FAMILY, _MIDDLE, _GIVEN)]

ACCOUNT_COLUMNS = " ".join(HubAccount.__struct_fields__)
POST_COLUMNS = " ".join(HubPost.__struct_fields__)
COLUMNS: dict[str, str] = {
    "hub_members": "id host state base_url server_id fasp_id public_key private_key asked_at "
    "admitted_at name languages",
    "hub_capabilities": "member_id capability activated_at",
    "hub_subscriptions": "id member_id remote_id category kind created_at",
    "hub_accounts": ACCOUNT_COLUMNS,
    "hub_account_tags": "account_id family name",
    "hub_follows": "account_id target_id",
    "hub_posts": POST_COLUMNS,
    "hub_post_tags": "post_id family name published_at",
    "hub_post_links": "post_id url published_at",
}
SEARCH = {
    "hub_post_search": "rowid exact folded pairs scope",
    "hub_account_search": "rowid exact folded pairs names starts scope",
}

Rows = dict[str, list[Row]]


class Sentence(msgspec.Struct, frozen=True):
    """A sentence as written, and its keys word by word."""

    words: list[str]
    exact: list[str]
    folded: list[str]


def host(member: int) -> str:
    """The host of the member with a number, from 0."""
    return f"m{member}.example"


def account_uri(number: int, member: int) -> str:
    """The address of the account with a number."""
    return f"https://{host(member)}/users/u{number}"


def sentences() -> list[Sentence]:
    """What posts are cut from: sentences of newspapers where they are at hand, or made-up ones."""
    if _SENTENCES.exists():
        lines = _SENTENCES.read_text("utf-8").splitlines()
        texts = [line.rpartition("\t")[2] for line in lines]
    else:
        texts = made.texts()
    found: list[Sentence] = []
    for text in texts:
        words = text.split()
        keys = [search_terms(word) for word in words]
        kept = [place for place, (exact, _) in enumerate(keys) if len(exact) == 1]
        found.append(
            Sentence(
                [words[place] for place in kept],
                [keys[place][0][0] for place in kept],
                [keys[place][1][0] for place in kept],
            )
        )
    return [sentence for sentence in found if len(sentence.words) > 8]


class Hub:
    """Makes all rows, the same each time but for the present moment."""

    def __init__(self, accounts: int = ACCOUNTS) -> None:
        self.chance = random.Random(5)
        self.accounts = accounts
        self.sentences = sentences()
        self.now = now_ms()
        self._tokens = [host_token(host(member)) for member in range(MEMBERS)]
        sizes = [1 / (rank + 3) for rank in range(MEMBERS)]
        self.member_of = self.chance.choices(range(MEMBERS), sizes, k=accounts)
        # Few write much: who comes early in this list.
        self._activity = list(accumulate(1 / (rank + 50) for rank in range(accounts)))

    def account_id(self, number: int) -> int:
        """The id of an account; they came one after another within a year."""
        began = self.now - 365 * _DAY_MS
        return first_id_at(began + number * (365 * _DAY_MS // self.accounts))

    def members(self) -> tuple[Rows, fasp.Pair, fasp.Pair]:
        """The members, and the keys of the first: its own and the hub's for it."""
        ours, theirs = fasp.new_pair(), fasp.new_pair()
        rows: Rows = {"hub_members": [], "hub_capabilities": [], "hub_subscriptions": []}
        for number in range(MEMBERS):
            keys = (ours.public_key, theirs.private_key) if number == 0 else ("", "")
            base = f"https://{host(number)}/fasp"
            row = (number + 1, host(number), "admitted", base, f"server{number}", "hub", *keys)
            told = (self.now, self.now, f"Mạng {number}", '["vi"]')
            rows["hub_members"].append((*row, *told))
        for name in ("account_search", "post_search", "follow_recommendation", "trends"):
            rows["hub_capabilities"].append((1, name, self.now))
        rows["hub_capabilities"].append((1, "data_sharing", self.now))
        rows["hub_subscriptions"].append((1, 1, "1", "content", "lifecycle", self.now))
        return rows, ours, theirs

    def people(self) -> Iterator[Rows]:
        """Accounts with their search rows, some at a time."""
        for first in range(0, self.accounts, 10_000):
            rows: Rows = {"hub_accounts": [], "hub_account_tags": [], "hub_account_search": []}
            for number in range(first, min(first + 10_000, self.accounts)):
                self._add_person(rows, number)
            yield rows

    def follows(self) -> Iterator[Rows]:
        """Who follows whom: mostly a neighbour, often somebody famous."""
        chance = self.chance
        for first in range(0, self.accounts, 10_000):
            pairs_: set[tuple[int, int]] = set()
            for number in range(first, min(first + 10_000, self.accounts)):
                for _ in range(chance.randint(1, 2 * FOLLOWS)):
                    far = int(self.accounts ** chance.random()) - 1
                    near = (number + chance.randint(-200, 200)) % self.accounts
                    other = far if chance.random() < 0.3 else near
                    if other != number:
                        pairs_.add((self.account_id(number), self.account_id(other)))
            yield {"hub_follows": sorted(pairs_)}

    def posts(self, many: int) -> Iterator[Rows]:
        """Posts of the last two months, oldest first, with all that hangs on them."""
        for first in range(0, many, 20_000):
            rows: Rows = {name: [] for name in ("hub_posts", "hub_post_tags", "hub_post_links")}
            rows["hub_post_search"] = []
            numbers = range(first, min(first + 20_000, many))
            authors = self.chance.choices(
                range(self.accounts), cum_weights=self._activity, k=len(numbers)
            )
            for number, author in zip(numbers, authors, strict=True):
                at = self.now - int(_DAYS * _DAY_MS * (1 - (number + 1) / (many + 1)))
                self._add_post(rows, number, author, at)
            yield rows

    def text(self) -> Sentence:
        """A text that nobody has written, of pieces of sentences and sometimes a rare word."""
        chance = self.chance
        whole = Sentence([], [], [])
        length = chance.choice((8, 15, 20, 25, 30, 40))
        while len(whole.words) < length:
            one = self.sentences[self._place(len(self.sentences))]
            start = chance.randrange(len(one.words) - 7)
            part = slice(start, start + chance.randint(3, 8))
            whole.words.extend(one.words[part])
            whole.exact.extend(one.exact[part])
            whole.folded.extend(one.folded[part])
        if chance.random() < 0.3:
            word = f"hiếm{min(int(chance.paretovariate(0.5)), _RARE)}"
            exact, folded = search_terms(word)
            whole.words.append(word)
            whole.exact.append(exact[0])
            whole.folded.append(folded[0])
        return whole

    def _place(self, many: int) -> int:
        chance = self.chance
        far = int(chance.expovariate(4 / many))
        return far if far < many and chance.random() < 0.5 else chance.randrange(many)

    def _add_person(self, rows: Rows, number: int) -> None:
        chance = self.chance
        member = self.member_of[number]
        names = [chance.choice(part) for part in _NAMES]
        bio = " ".join(self.text().words[: chance.randint(0, 20)])
        tag = self._topic(TAGS)
        if chance.random() < 0.2:
            bio += f" #thẻ{tag}"
        language = "vi" if chance.random() < 0.85 else chance.choice(("en", "lo"))
        uri = account_uri(number, member)
        account = HubAccount(
            id=self.account_id(number),
            uri=uri,
            host=host(member),
            member_id=member + 1,
            username=f"{search_terms(names[-1])[1][0]}{number}",
            domain=host(member),
            kind="person",
            discoverable=True,
            indexable=True,
            language=language,
            check_at=self.now + chance.randrange(7 * _DAY_MS),
            checked_at=self.now,
            created_at=self.now,
            last_post_at=self.now - chance.randrange(90 * _DAY_MS),
            following_uri="",
            following_read_at=None,
            url=uri,
            name=" ".join(names),
            bio=bio,
        )
        rows["hub_accounts"].append(msgspec.structs.astuple(account))
        row = search.fts_row("hub_account_search", account.id, indexing.account_columns(account))
        rows["hub_account_search"].append(tuple(row.values()))
        if "#" in bio:
            rows["hub_account_tags"].append((account.id, f"the{tag}", f"thẻ{tag}"))

    def _topic(self, many: int) -> int:
        return min(int(self.chance.paretovariate(0.4)), many)

    def _add_post(self, rows: Rows, number: int, author: int, at: int) -> None:
        chance, member = self.chance, self.member_of[author]
        id_, text = first_id_at(at) + (number & 0xFFFF), self.text()
        language = "vi" if chance.random() < 0.85 else chance.choice(("en", "lo"))
        uri = f"{account_uri(author, member)}/posts/{number}"
        excerpt = " ".join(text.words)[:300]
        check_at = self.now + chance.randrange(7 * _DAY_MS)
        whose = (self.account_id(author), host(member), member + 1)
        counts = (0, 0, None, uri, excerpt)
        rows["hub_posts"].append((id_, uri, *whose, language, at, check_at, self.now, *counts))
        if chance.random() < 0.2:
            # Each day has another favourite, or nothing would be talked about more than before.
            tag = (self._topic(TAGS) + 7 * ((self.now - at) // _DAY_MS)) % TAGS
            rows["hub_post_tags"].append((id_, f"the{tag}", f"thẻ{tag}", at))
        if chance.random() < 0.1:
            news = (self._topic(LINKS) + 7 * ((self.now - at) // _DAY_MS)) % LINKS
            link = f"https://bao.example/tin/{news}"
            rows["hub_post_links"].append((id_, link, at))
        keys = (text.exact, text.folded, pairs(text.folded))
        scope = f"l_{language} {self._tokens[member]}"
        rows["hub_post_search"].append((id_, *(" ".join(some) for some in keys), scope))
