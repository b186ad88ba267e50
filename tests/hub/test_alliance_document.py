"""The examples in the description of the alliance's protocol are true, byte for byte.

The private key of the hub in them is the bytes from 0 to 31, to sign them anew by.
"""

import json
import re
from pathlib import Path
from typing import Any

import found
import testrig
from noi.activitypub import fasp, signed_documents
from noi.activitypub.signatures import Request

PAGE = (Path(__file__).parents[2] / "docs/protocol/alliance.md").read_text()
ORIGIN = "https://lien-minh.example"


def signed_examples() -> list[dict[str, Any]]:
    blocks = [json.loads(text) for text in re.findall(r"```json\n(.+?)\n```", PAGE, re.DOTALL)]
    return [block for block in blocks if "signature" in block]


def test_the_documents_are_signed_by_the_hub() -> None:
    examples = signed_examples()
    assert [one["type"] for one in examples] == [
        "Hub",
        "Charter",
        "Networks",
        "Request",
        "Receipt",
    ]
    hub = examples[0]
    assert hub["fingerprint"] == fasp.fingerprint(hub["publicKey"])
    for one in examples:
        signed_documents.check(one, hub["publicKey"])
    assert examples[3]["fingerprint"] == fasp.fingerprint(examples[3]["publicKey"])


def test_the_call_is_signed_by_the_network() -> None:
    public_key = re.findall(r"whose public key is `(.+?)`", PAGE)[0]
    text = re.findall(r"```http\n(.+?)\n```", PAGE, re.DOTALL)[0]
    first, *lines = text.splitlines()
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    created = int(re.findall(r"created=(\d+)", text)[0]) * 1000
    request = Request(method, ORIGIN, target, headers)
    key_id = re.findall(r'keyid="(.+?)"', text)[0]
    claim = fasp.check_request(request, key_id, public_key, created)
    base = re.findall(r"```text\n(.+?)\n```", PAGE, re.DOTALL)[0]
    assert claim.base == base.encode()
    assert signed_examples()[3]["theirFingerprint"] == fasp.fingerprint(public_key)


async def test_the_list_of_networks_has_just_these_members(engine: str) -> None:
    """The example, and what a hub answers, have the same members."""
    (example,) = signed_examples()[2]["networks"]
    async with testrig.hub(engine) as hub:
        languages = json.dumps(example["languages"])
        await found.member(hub.network, "lang.example", languages=languages, admitted_at=1)
        async with hub.client() as client, client.get("/alliance/v0/networks") as answer:
            told = await answer.json()
    assert told.keys() == signed_examples()[2].keys()
    assert told["networks"][0].keys() == example.keys()
