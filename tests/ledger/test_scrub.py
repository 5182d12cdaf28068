"""Secrets that earlier releases wrote into a ledger are taken out of it: once, when every secret is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ledger.store import Ledger
from connector.secrets.hiding import hide_in_old
from tests.ledgers import IN_A_FILE
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import ask_ledger, ledger_file, small_world
from tests.runs.test_first_ledger import put_back

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLW9mLWl0"
SIGNED = "https://files.example.com/a/b.pdf?X-Sig=AbCdEf0123456789&limit=500"


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (
            f"GET {SIGNED} answered 403",
            "GET https://files.example.com/a/b.pdf?X-Sig=***&limit=500 answered 403",
        ),
        ("https://files.example.com/x?AbCdEf0123456789 is gone", "https://files.example.com/x?*** is gone"),
        (f'{{"error": "no such session {TOKEN}"}}', '{"error": "no such session ***"}'),
        (
            r'{"reasons": ["401: {\"access_token\": \"q1w2e3r4t5y6u7\"}"]}',
            r'{"reasons": ["401: {\"access_token\": \"***\"}"]}',
        ),
        ("sent Authorization: Basic a29ubmVrdG9yOnBhc3M=", "sent Authorization: Basic ***"),
        ("the header was 'Bearer 0a1b2c3d4e5f'", "the header was 'Bearer ***'"),
        ("client_secret=s3cr3t-of-ours&grant_type=x", "client_secret=***&grant_type=x"),
    ],
)
def test_what_looks_like_a_token_or_a_signature_is_hidden(written: str, left: str) -> None:
    assert hide_in_old(written) == left


@pytest.mark.parametrize(
    "words",
    [
        "targets.intranet.api_key: expected a key, not an empty text",
        "Basic authentication is not what this server takes; the bearer of the news",
        "https://ix.example.com/example-corp/bridge/documentLibrary/eb1167b3?view=list&page=2",
        '{"outcome": "succeeded", "mode": "live", "documents": {"live": 3}}',
        "sign in again: the token has ended",
    ],
)
def test_plain_words_stay(words: str) -> None:
    assert hide_in_old(words) == words


def plant(near: Neighbourhood) -> list[str]:
    """What an earlier release may have written of what a neighbour echoed; gives what must not be left."""
    secret = near.values["sources.interaxo.client_secret"]
    ask_ledger(near, f"UPDATE runs SET report=replace(report, 'reasons', 'reasons{secret} {TOKEN} {SIGNED}')")
    ask_ledger(near, f"UPDATE quarantine SET message='refused: {secret} {SIGNED}'")
    return [secret, TOKEN, "AbCdEf0123456789"]


def files(near: Neighbourhood) -> dict[str, bytes]:
    """Every file of the ledger, as it is on the disk."""
    return {file.name: file.read_bytes() for file in ledger_file(near).parent.glob("ledger.db*")}


@IN_A_FILE
async def test_an_earlier_releases_ledger_and_its_copy_have_none_after_the_first_run(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        put_back(near, small)
        secrets = plant(near)
        assert all(secret.encode() in files(near)["ledger.db"] for secret in secrets)
        await near.run("delta")
        left = files(near)
        for name, content in left.items():
            for secret in secrets:
                assert secret.encode() not in content, (name, secret)
        (copy,) = (content for name, content in left.items() if ".before-" in name)
        assert b"refused: *** https://files.example.com/a/b.pdf?X-Sig=***&limit=500" in copy


@IN_A_FILE
async def test_it_is_done_once_and_by_what_knows_the_secrets(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        put_back(near, small)
        (secret, *_) = plant(near)
        Ledger(f"sqlite:///{ledger_file(near)}", now=near.clock()).close()  # as a verb does that only tells
        assert secret in ask_ledger(near, "SELECT message FROM quarantine")[0][0]
        await near.run("delta")
        plant(near)
        await near.run("delta")
        assert any(secret in row[0] for row in ask_ledger(near, "SELECT report FROM runs")), (
            "not looked for again"
        )
