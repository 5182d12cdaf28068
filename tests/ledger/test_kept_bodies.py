"""What the target accepted is kept with all that was sent, and what is kept already is not handed to the database again."""

from __future__ import annotations

from hashlib import sha256
from itertools import product
from typing import Any

import msgspec
import pytest

from connector.ledger.store import Ledger
from connector.target.wire import FINGERPRINT
from tests.ledger_pushes import Pushed, make_push, push

FORMS: dict[str, dict[str, Any]] = {
    name: {
        "body": f'{{"Title":"{name[0]}"}}'.encode(),
        "text": b'"words"' if "t" in name else b"",
        "text_key": "key" if "k" in name else "",
        "hidden": b"[]" if "h" in name else b"",
    }
    for name in ("a", "b", "at", "ak", "ah")
}
"""Some differ in nothing that is sent, so that their fingerprints are one."""


def made(form: str, *, altered: bool) -> Pushed:
    one, parts = make_push(), FORMS[form]
    fingerprint = sha256(parts["body"] + parts["text"]).digest()[:FINGERPRINT]
    rendered = msgspec.structs.replace(one.rendered, fingerprint=fingerprint, **parts)
    return msgspec.structs.replace(one, rendered=rendered, altered=altered)


def kept(ledger: Ledger) -> tuple[bytes, bytes, str, bytes]:
    body = ledger.documents("intranet").body("ix-f1")
    assert body is not None
    return body.body, body.text, body.text_key, body.hidden


def told(form: str) -> tuple[object, ...]:
    return tuple(FORMS[form].values())


@pytest.mark.parametrize("second", FORMS)
@pytest.mark.parametrize("first", FORMS)
def test_what_was_accepted_last_is_kept_also_where_whoever_listed_it_knew_of_another(
    ledger: Ledger, first: str, second: str
) -> None:
    documents = ledger.documents("intranet")
    push(documents, made(first, altered=True))
    push(documents, made(second, altered=True))
    push(documents, made(first, altered=False))
    assert kept(ledger) == told(first)


@pytest.mark.parametrize(("first", "second"), [*product("ab", repeat=2)])
def test_of_one_document_twice_in_a_batch_the_last_is_kept(ledger: Ledger, first: str, second: str) -> None:
    documents = ledger.documents("intranet")
    push(documents, made("a", altered=True))
    batch = [made(one, altered=one != "a") for one in (first, second)]
    push(documents, *batch)
    assert kept(ledger) == told(second)


def test_a_body_that_is_not_there_is_kept_again(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")
    push(documents, made("a", altered=True))
    documents._each_id("removals.forget_body", ["ix-f1"])
    assert documents.body("ix-f1") is None
    push(documents, made("a", altered=False))
    assert kept(ledger) == told("a")
