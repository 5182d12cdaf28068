"""What a full run sends as the ledger has it is written down as anything else that is accepted, in fewer words."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest

from connector.ledger.documents import Documents
from connector.ledger.pushes import Pushes
from connector.ledger.store import Ledger
from tests.ledger_pushes import NOW, make_push, push

HELD = {
    "live": "state='live', held_why='', held_run=NULL",
    "held by the brake": "state='held', held_why='brake', held_run=4",
    "held for its audience": "state='held', held_why='audience-wider', held_run=4",
}
MISSED = {
    "listed": "missing_run=NULL, missing_why=''",
    "missed": "missing_run=3, missing_why='absent', gone_run=2, lacked_run=1",
}
LOST = {
    "answered": "lost=NULL, redo_after=NULL",
    "lost as it is": f"lost=fingerprint, redo_after={NOW - 1}",
    "lost as it was": f"lost=audience, redo_after={NOW - 1}",
    "lost and not settled": f"lost=audience, redo_after={NOW + 900}",
}
OTHERWISE = "version=audience, rules=audience, without_text='too-long', delta_run=1, backfill=3, kept={kept}"


def rows(ledger: Ledger, target: str) -> list[dict[str, object]]:
    documents = ledger.documents(target)
    found = [documents.facts(one) for one in ("ix-f1", "ix-f2")]
    return [{key: one[key] for key in one if key not in {"number", "target"}} for one in found if one]


@pytest.mark.parametrize("session_run", [0, 9])
def test_it_says_the_same_as_of_any_document(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, session_run: int
) -> None:
    """Of two targets one is told as of documents that may have no row."""
    short, long = (ledger.documents(one) for one in ("intranet", "other"))
    asked = Pushes._kept

    def in_full(one: Documents, *given: object) -> tuple[set[str], set[str]]:
        there, kept = asked(one, *given)  # type: ignore[arg-type]
        return (set() if one is long else there), kept

    monkeypatch.setattr(Pushes, "_kept", in_full)
    seen = set[str]()
    for states in product(HELD.values(), MISSED.values(), LOST.values()):
        for documents in (short, long):
            push(documents, make_push("ix-f1"), make_push("ix-f2"))
        said = ", ".join([*states, OTHERWISE.format(kept="true")])
        ledger._database.driver.execute(f"UPDATE documents SET {said}")  # type: ignore[attr-defined]
        again = [msgspec.structs.replace(make_push(one), altered=False) for one in ("ix-f1", "ix-f2")]
        for documents in (short, long):
            push(documents, *again, now=NOW + 5, run=9, session_run=session_run)
        assert rows(ledger, "intranet") == rows(ledger, "other")
        seen.add(repr(rows(ledger, "intranet")))
    assert len(seen) > 4


def test_what_was_removed_since_it_was_listed_is_written_down_whole(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")
    push(documents, make_push("ix-f1", title="Plan"))
    documents.confirm_deletions(["ix-f1"], run=1, now=NOW, settle_s=0.0, approved=False, why={})
    assert documents.facts("ix-f1") is None
    push(documents, msgspec.structs.replace(make_push("ix-f1", title="Plan"), altered=False))
    facts = documents.facts("ix-f1")
    assert facts is not None
    assert (facts["title"], facts["state"]) == ("Plan", "live")


def test_what_is_found_by_the_ledger_is_not_told_once_more(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = ledger.documents("intranet")
    push(documents, make_push("ix-f1"), make_push("ix-f2"))
    told = dict[str, int]()
    write = Documents._write_each

    def listen(one: Documents, statement: str, given: list[object], **more: object) -> None:
        told[statement] = told.get(statement, 0) + len(given)
        write(one, statement, given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Documents, "_write_each", listen)
    push(documents, msgspec.structs.replace(make_push("ix-f1"), altered=False), make_push("ix-f2"))
    assert {name: count for name, count in told.items() if "confirm" in name and count} == {
        "pushes.confirm_again": 1,
        "pushes.confirm_altered": 1,
        "pushes.confirm_body": 1,
    }
