"""A person who was forgotten after the copy of a ledger was made: erased again from the copy that is put back."""

from __future__ import annotations

import pytest

from connector.ledger import shares
from connector.ledger.erased_again import read_back
from connector.ledger.orders import About, Order, OrderKind
from connector.ledger.people import Share
from connector.ledger.store import Ledger
from connector.ports.matching import key_id
from tests.ledger_pushes import NOW, make_push, push

MANY = 5


def person(source: str, key: str) -> Share:
    return Share(source=source, key=key, address="", identities=(), read_run=1)


def forgotten(source: str, key: str) -> Order:
    return Order(
        id=f"of {key}",
        target="intranet",
        kind=OrderKind.FORGET,
        about=About.PERSON,
        subject=key_id(source, key),
        at=NOW,
        done_at=NOW,
    )


@pytest.mark.parametrize("source", ["accounts", "interaxo"])
@pytest.mark.parametrize("number", range(MANY))
def test_whom_an_order_names_by_a_hash_is_found_in_every_source_that_tells_of_people(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, source: str, number: int
) -> None:
    """Also in one that has no document here; whatever page of people she stands on."""
    monkeypatch.setattr(shares, "CHUNK", 2)
    people = ledger.people("intranet")
    push(ledger.documents("intranet"), make_push("ix-f1"))
    everybody = [(one, f"u-{n}") for one in ("accounts", "interaxo") for n in range(MANY)]
    people.note([person(*one) for one in everybody])
    ledger.people("other").note([person(*one) for one in everybody])
    gone = (source, f"u-{number}")
    read_back(ledger, forgotten(*gone), "{}")
    assert list(people.everybody()) == [one for one in everybody if one != gone]
    assert list(ledger.people("other").everybody()) == everybody
