"""What every ledger does with documents that the target refused."""

from __future__ import annotations

import pytest

from connector.ledger.documents import Documents
from connector.ledger.erasing import Erasing
from connector.ledger.quarantine import FIRST_DELAY_S, LONGEST_DELAY_S, Quarantine
from connector.ledger.store import Ledger
from tests.ledger.some_documents import park
from tests.ledger_pushes import NOW, make_push, push


def test_what_is_said_of_the_quarantine_names_nothing_that_is_forgotten(
    ledger: Ledger, quarantine: Quarantine
) -> None:
    quarantine.park(
        "ix-f1", source="interaxo", native="f1", room="r1", title="Plan", reason="record-invalid",
        values={"why": 'the template fails for Kari "K" Nordmann'}, version=None, now=NOW,
    )  # fmt: skip
    Erasing(ledger._database, "intranet")._in_quarantine(['Kari "K" Nordmann'])
    parked = quarantine.get("ix-f1")
    assert parked is not None
    assert parked.values == {"why": "the template fails for ***"}


def test_why_most_are_in_quarantine_is_told_by_the_most_frequent_reason(
    quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quarantine.commonest() is None
    told = [
        ("refused", "a"),
        ("refused", "b"),
        ("refused", "b"),
        *(("record-invalid", f"{n}") for n in range(2)),
    ]
    for number, (reason, why) in enumerate(told):
        quarantine.park(
            f"ix-{number}", source="interaxo", native="n", room="r1", title="T", reason=reason, values={"why": why},
            version=None, now=NOW + number,
        )  # fmt: skip
    (most, *_) = quarantine.groups(9)
    assert quarantine.commonest() == most
    assert (most.reason, most.told, most.count) == ("refused", '{"why":"b"}', 2)
    monkeypatch.setattr("connector.ledger.quarantine.JUDGED", 1)
    judged = quarantine.commonest()
    assert judged is not None
    assert (judged.reason, judged.told) == ("refused", '{"why":"a"}'), "by the oldest alone"


def test_the_pause_grows_from_five_minutes_to_a_day(quarantine: Quarantine) -> None:
    now, pauses = NOW, []
    for _ in range(30):
        park(quarantine, now=now)
        parked = quarantine.get("ix-f1")
        assert parked is not None
        pauses.append(parked.next_try - now)
        now = parked.next_try
    assert pauses[:5] == [300.0, 600.0, 1_200.0, 2_400.0, 4_800.0]
    assert pauses[0] == FIRST_DELAY_S
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_DELAY_S == 86_400.0
    assert parked is not None
    assert parked.attempts == 30
    assert parked.first_seen == NOW


def test_what_is_in_quarantine_waits_with_the_version_that_failed(quarantine: Quarantine) -> None:
    park(quarantine)
    assert quarantine.waiting(now=NOW + 299) == {"ix-f1": b"v1"}
    assert quarantine.waiting(now=NOW + 300) == {}


def test_a_retry_is_due_at_once_and_a_drop_forgets_the_retry_only(
    documents: Documents, quarantine: Quarantine
) -> None:
    push(documents, make_push())
    for name in ("ix-f1", "ix-f2", "ix-f3"):
        park(quarantine, name)
    assert quarantine.retry(["ix-f1", "ix-unknown"]) == 1
    assert set(quarantine.waiting(now=NOW)) == {"ix-f2", "ix-f3"}
    assert quarantine.retry() == 3
    assert quarantine.drop(["ix-f1"]) == 1
    assert documents.count() == 1
    assert quarantine.drop() == 2
    assert quarantine.count() == 0
