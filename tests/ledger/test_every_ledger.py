"""What every ledger does, in whichever database: intents and what became of them, what is held, who may write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.errors import LeaseHeld, LeaseLost
from connector.ledger.documents import Documents
from connector.ledger.erasing import Erasing
from connector.ledger.quarantine import FIRST_DELAY_S, LONGEST_DELAY_S, Quarantine
from connector.ledger.runs import LEASE_S, Runs, make_run_id
from connector.ledger.store import Ledger
from connector.machine.lock import NAMES, only_here, reach_of_lock
from tests.builders import audience_of
from tests.ledger_pushes import LIFE, NOW, UNTOLD, make_push, push

ON_ONE_MACHINE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""Where the clock and the lock of the machine decide; where several share a ledger: test_postgres.py."""


@pytest.fixture
def documents(ledger: Ledger) -> Documents:
    return ledger.documents("intranet")


@pytest.fixture
def runs(ledger: Ledger) -> Runs:
    return ledger.runs("intranet")


@pytest.fixture
def quarantine(ledger: Ledger) -> Quarantine:
    return ledger.quarantine("intranet")


def state_of(documents: Documents, name: str = "ix-f1") -> str | None:
    facts = documents.facts(name)
    return facts["state"] if facts else None


def delete(documents: Documents, *names: str, now: float = NOW, approved: bool = False) -> None:
    intent = documents.intend_deletions(names, run=2, now=now)
    documents.confirm_deletions(names, run=2, now=now, settle_s=120.0, approved=approved, why={})
    documents.settle(intent)


def test_a_copy_is_thrown_away_with_all_that_was_written_into_it(ledger: Ledger) -> None:
    push(ledger.documents("intranet"), make_push())
    with ledger.copied(now=NOW) as copy:
        assert copy.id == ledger.id
        push(copy.documents("intranet"), make_push("ix-f2"))
        assert copy.documents("intranet").count() == 2
    assert ledger.documents("intranet").count() == 1


def test_targets_share_nothing(ledger: Ledger) -> None:
    push(ledger.documents("intranet"), make_push())
    other = ledger.documents("other")
    assert other.count() == 0
    assert other.known(["ix-f1"]) == {}
    assert other.find("ix-f1") == []


# -- intent, effect, answer -----------------------------------------------------------------------------


def test_an_intent_without_an_answer_may_be_in_the_target(documents: Documents) -> None:
    documents.intend_pushes([make_push(audience=audience_of("ix:user:a"))], run=1, now=NOW)
    assert documents.lose_open_intents(settle_s=100) == 1  # as the next run does when this one was killed
    known = documents.known(["ix-f1"])["ix-f1"]
    assert (known.state, known.fingerprint, known.version) == ("new", None, None)
    assert (known.container, known.redo_after) == ("ix-d1", NOW + 100)
    assert documents.count() == 1
    assert documents.confirmed("interaxo") == 0
    # whoever it was shown to counts: a narrowing of its room must find it
    assert list(documents.audiences_in("interaxo", "r1").values()) == [audience_of("ix:user:a")]
    assert documents.standing(["ix-f1"])["ix-f1"].source == "interaxo"


def test_what_is_settled_is_not_lost(documents: Documents) -> None:
    intent = documents.intend_pushes([make_push()], run=1, now=NOW)
    documents.settle(intent)  # it was refused
    assert documents.lose_open_intents(settle_s=100) == 0
    assert state_of(documents) is None


def test_a_confirmation_remembers_what_was_accepted(documents: Documents) -> None:
    one = make_push(audience=audience_of("ix:user:a"))
    push(documents, one, run=3, session_run=3, backfill=2)
    known = documents.known_in("ix-d1", "interaxo")["ix-f1"]
    assert (known.state, known.version, known.fingerprint) == ("live", b"v1", one.rendered.fingerprint)
    assert (known.pushed_run, known.session_run, known.backfill) == (3, 3, 2)
    assert documents.audience_of("ix-f1") == audience_of("ix:user:a")
    body = documents.body("ix-f1")
    assert body is not None
    assert (body.body, body.text) == (one.rendered.body, one.rendered.text)
    assert [documents.find(words)[0].id for words in ("ix-f1", "IX-F1", "f1")] == ["ix-f1"] * 3


@pytest.mark.parametrize("one", ["body", "text", "text_key", "hidden"])
def test_whatever_of_a_document_is_another_is_what_is_kept_of_it(documents: Documents, one: str) -> None:
    first = make_push()
    new = "other" if one == "text_key" else b"other"
    then = msgspec.structs.replace(first, rendered=msgspec.structs.replace(first.rendered, **{one: new}))
    push(documents, first)
    push(documents, first, run=2)
    push(documents, then, run=3)
    kept = documents.body("ix-f1")
    assert kept is not None
    assert getattr(kept, one) == new
    assert (kept.body, kept.text) == (then.rendered.body, then.rendered.text)


def test_a_refusal_leaves_what_the_target_has(documents: Documents) -> None:
    push(documents, make_push())
    before = documents.known(["ix-f1"])
    documents.settle(documents.intend_pushes([make_push(title="New")], run=2, now=NOW))
    assert documents.known(["ix-f1"]) == before


def test_a_refusal_after_an_unanswered_call_keeps_the_row(documents: Documents) -> None:
    intent = documents.intend_pushes([make_push()], run=1, now=NOW)
    documents.lose_pushes([make_push()], until=NOW + 120)
    documents.settle(intent)
    assert documents.count() == 1
    assert state_of(documents) == "new"


def test_what_is_written_at_once_is_written_wholly_or_not_at_all(
    documents: Documents, ledger: Ledger
) -> None:
    def die_halfway() -> None:
        with documents.at_once():
            documents.confirm_pushes([make_push(title="New")], **{**LIFE, "run": 2}, now=NOW, settle_s=120.0)
            documents.intend_pushes([make_push("ix-f2")], run=2, now=NOW)
            raise RuntimeError("killed")

    push(documents, make_push())
    with pytest.raises(RuntimeError, match="killed"):
        die_halfway()
    assert documents.known(["ix-f1"])["ix-f1"].pushed_run == 1
    assert documents.lose_open_intents(settle_s=100) == 0
    push(documents, make_push("ix-f3"))  # and the next transaction is one of its own
    assert ledger.documents("intranet").count() == 2


def test_a_place_is_written_where_it_may_be_new(documents: Documents) -> None:
    push(documents, make_push())
    push(documents, make_push(container="ix-d2"))
    assert documents.known(["ix-f1"])["ix-f1"].container == "ix-d2"


def test_an_unanswered_push_is_done_again_after_it_settled(documents: Documents) -> None:
    first, second = make_push(), make_push(title="Second")
    push(documents, first)
    documents.lose_pushes([second], until=NOW + 120)
    known = documents.known(["ix-f1"])["ix-f1"]
    assert known.redo_after == NOW + 120
    assert known.fingerprint == first.rendered.fingerprint
    push(documents, first, now=NOW + 60)  # too early: the lost call may still come
    assert documents.known(["ix-f1"])["ix-f1"].redo_after == NOW + 120
    push(documents, first, now=NOW + 120)
    assert documents.known(["ix-f1"])["ix-f1"].redo_after == NOW + 240, "the clock may have been set ahead"
    push(documents, first, now=NOW + 240)
    assert documents.known(["ix-f1"])["ix-f1"].redo_after is None


def test_a_lost_call_with_the_same_content_as_the_accepted_one_harms_nothing(documents: Documents) -> None:
    one = make_push()
    documents.lose_pushes([one], until=NOW + 120)
    push(documents, one)
    assert documents.known(["ix-f1"])["ix-f1"].redo_after is None


def test_two_lost_calls_with_different_contents_are_never_taken_for_the_accepted_one(
    documents: Documents,
) -> None:
    one, other = make_push(), make_push(title="Other")
    push(documents, one)
    for lost in (other, one):
        documents.lose_pushes([lost], until=NOW + 120)
    push(documents, one)
    assert documents.known(["ix-f1"])["ix-f1"].redo_after == NOW + 120


def test_what_a_killed_run_sent_without_an_answer_counts_as_lost(documents: Documents) -> None:
    push(documents, make_push("ix-f1"), make_push("ix-f2"))
    documents.intend_pushes([make_push("ix-f1")], run=2, now=NOW + 10)
    documents.intend_deletions(["ix-f2"], run=2, now=NOW + 10)
    assert documents.lose_open_intents(settle_s=100) == 2
    assert {k: v.redo_after for k, v in documents.known(["ix-f1", "ix-f2"]).items()} == {
        "ix-f1": NOW + 110,
        "ix-f2": NOW + 110,
    }
    assert documents.lose_open_intents(settle_s=100) == 0


def test_a_confirmation_ends_quarantine_and_absence(documents: Documents, quarantine: Quarantine) -> None:
    push(documents, make_push())
    documents.miss(["ix-f1"], run=2, why="absent")
    park(quarantine)
    push(documents, make_push(), run=3)
    assert quarantine.count() == 0
    assert documents.known(["ix-f1"])["ix-f1"].missing_run is None


def test_forgotten_confirmations_are_pushed_anew_and_still_count(documents: Documents) -> None:
    push(documents, make_push())
    assert documents.forget_confirmations("interaxo") == 1
    assert documents.known(["ix-f1"])["ix-f1"].fingerprint is None
    assert documents.count() == 1


# -- removals -------------------------------------------------------------------------------------------


def test_a_confirmed_removal_leaves_nothing_but_its_count(documents: Documents) -> None:
    push(documents, make_push("ix-f1"), make_push("ix-f2"))
    delete(documents, "ix-f1", now=NOW + 5)
    delete(documents, "ix-f2", now=NOW + 6, approved=True)
    assert documents.count() == 0
    assert documents.body("ix-f1") is None
    assert documents.removed_since(NOW) == {("interaxo", "r1"): 1}  # what a person approved does not count
    assert documents.removed_since(NOW + 5.5) == {}
    assert documents.removed_after_run("interaxo", 1) == 2
    assert documents.removed_after_run("interaxo", 2) == 0


def test_a_removal_that_a_lost_call_may_undo_is_repeated_twice(documents: Documents) -> None:
    push(documents, make_push())
    documents.lose(["ix-f1"], until=NOW + 120, fingerprints={"ix-f1": b"other"})
    delete(documents, "ix-f1", now=NOW + 5)
    assert state_of(documents) == "removed"
    assert documents.count() == 0
    assert documents.known_in("ix-d1", "interaxo") == {}
    assert documents.audience_of("ix-f1") is None, (
        "who could see it says nothing of whoever may see it when it comes back"
    )
    assert documents.due_again(now=NOW + 119) == []
    assert documents.due_again(now=NOW + 120) == ["ix-f1"]
    delete(documents, "ix-f1", now=NOW + 121)
    assert documents.due_again(now=NOW + 240) == []
    assert documents.due_again(now=NOW + 241) == ["ix-f1"], "the clock may have been set ahead"
    delete(documents, "ix-f1", now=NOW + 241)
    assert state_of(documents) is None
    assert sum(documents.removed_since(NOW).values()) == 1


def test_a_source_is_there_as_long_as_a_document_of_it_is(ledger: Ledger, documents: Documents) -> None:
    assert documents.sources() == []
    push(
        documents,
        make_push("ix-f1"),
        make_push("itr-f1", source="itr"),
        make_push("ij-f1", source="interject"),
    )
    push(ledger.documents("other"), make_push("z-f1", source="zoo"))
    assert documents.sources() == ["interaxo", "interject", "itr"]
    documents.lose(["itr-f1"], until=NOW + 120, fingerprints={"itr-f1": b"other"})
    delete(documents, "itr-f1", "ij-f1", now=NOW + 5)
    assert state_of(documents, "itr-f1") == "removed"
    assert documents.sources() == ["interaxo"]


def test_a_document_that_comes_back_after_its_removal_is_live_again(documents: Documents) -> None:
    push(documents, make_push())
    documents.lose(["ix-f1"], until=NOW + 120, fingerprints={"ix-f1": b"other"})
    delete(documents, "ix-f1", now=NOW + 5)
    push(documents, make_push(), now=NOW + 10)
    assert state_of(documents) == "live"
    assert documents.due_again(now=NOW + 500) == []
    assert documents.known(["ix-f1"])["ix-f1"].redo_after == NOW + 120


def test_a_parent_waits_while_something_live_stands_below_it(documents: Documents) -> None:
    push(
        documents,
        make_push("ix-d1", container="", path="/ix-d1/"),
        make_push("ix-f1", path="/ix-d1/ix-f1/"),
        make_push("ix-d10", container="", path="/ix-d10/"),
    )
    assert documents.blocked_by_children(["ix-d1", "ix-d10"], {"ix-d1", "ix-d10"}) == {"ix-d1"}
    assert documents.blocked_by_children(["ix-d1"], {"ix-d1", "ix-f1"}) == set()
    delete(documents, "ix-f1")
    assert documents.blocked_by_children(["ix-d1"], {"ix-d1"}) == set()


# -- held ---------------------------------------------------------------------------------------------------


def tree(documents: Documents) -> None:
    push(
        documents,
        make_push("ix-r1", container="", path="/ix-r1/"),
        make_push("ix-d1", container="ix-r1", path="/ix-r1/ix-d1/"),
        make_push("ix-f1", container="ix-d1", path="/ix-r1/ix-d1/ix-f1/"),
        make_push("ix-x1", container="", room="r2", path="/ix-x1/"),
    )


def test_what_is_held_counts_as_being_in_the_target(ledger: Ledger, documents: Documents) -> None:
    tree(documents)
    documents.hold([("ix-f1", "brake")], run=2)
    assert documents.count() == 4
    assert ledger.counts("intranet").tally().states == {"live": 3, "held": 1}
    assert documents.held_counts() == {("brake", False): 1}
    assert list(documents.missing("interaxo", run=2)) == []


def test_a_room_is_held_and_released_by_name(ledger: Ledger, documents: Documents) -> None:
    tree(documents)
    assert documents.hold_room("interaxo", "r1", run=2, why="room-vanished") == 3
    assert documents.hold_room("interaxo", "r1", run=3, why="room-vanished") == 0
    assert [one.id for one in documents.held()] == ["ix-r1", "ix-d1", "ix-f1"]
    assert [one.id for one in documents.held(up_to_run=1)] == []
    assert documents.release_room("interaxo", "r1") == 3
    assert ledger.counts("intranet").tally().states == {"live": 4}


def test_releasing_a_room_releases_nothing_that_is_held_for_another_reason(documents: Documents) -> None:
    tree(documents)
    documents.hold([("ix-f1", "brake")], run=2)
    assert documents.release_room("interaxo", "r1") == 0


def test_everything_below_a_container_is_held_with_it(documents: Documents) -> None:
    tree(documents)
    documents.hold_below("ix-r1", run=2, why="settings-left-out")
    assert {one.id for one in documents.held()} == {"ix-d1", "ix-f1"}


def test_only_what_that_run_had_held_is_kept(documents: Documents) -> None:
    tree(documents)
    documents.hold([("ix-f1", "brake")], run=2)
    documents.hold([("ix-d1", "brake")], run=4)
    assert documents.keep(up_to_run=2) == 1
    assert documents.held_counts() == {("brake", True): 1, ("brake", False): 1}
    assert [one.id for one in documents.held(up_to_run=2)] == ["ix-f1"]


def test_of_what_is_held_the_first_is_what_the_latest_run_held(ledger: Ledger, documents: Documents) -> None:
    tree(documents)
    documents.hold([("ix-f1", "brake")], run=2)
    documents.hold([("ix-d1", "brake")], run=4)
    documents.hold([("ix-r1", "room-vanished")], run=4)
    documents.keep(up_to_run=2)
    for run, told in ((5, ["ix-r1", "ix-d1", "ix-f1"]), (3, ["ix-f1"]), (1, [])):
        for most in (1, 2, 9):
            assert [one.id for one in documents.first_held(up_to_run=run, limit=most)] == told[:most]
        assert documents.count_held(up_to_run=run) == len(told)
    pending = ledger.pending_audiences("intranet")
    pending.widen([("ix-f1", b"other"), ("ix-r1", b"other")], run=4)
    assert pending.count_held(up_to_run=4) == 0, "it is not on hold yet"
    pending.settle_widenings(run=4, most=1)
    assert [pending.count_held(up_to_run=run) for run in (3, 4)] == [0, 2]


def test_what_is_listed_again_is_neither_held_nor_kept_nor_missing(documents: Documents) -> None:
    tree(documents)
    documents.miss(["ix-f1"], run=2, why="absent")
    documents.hold([("ix-f1", "brake")], run=2)
    documents.keep(up_to_run=2)
    documents.found([("ix-f1", "ix-r1", "r1", "")])
    assert documents.held() == []
    known = documents.known(["ix-f1"])["ix-f1"]
    assert (known.state, known.container, known.missing_run) == ("live", "ix-r1", None)
    documents.hold([("ix-f1", "brake")], run=5)
    assert documents.held_counts() == {("brake", False): 1}


def test_only_complete_rooms_have_suspects(ledger: Ledger, documents: Documents) -> None:
    tree(documents)
    rooms = ledger.rooms("intranet")
    for key in ("r1", "r2"):
        rooms.decide("interaxo", key, name=key, included=True, public=False, rules=b"g")
    documents.miss(["ix-f1", "ix-x1"], run=2, why="absent")
    assert list(documents.missing("interaxo", run=2)) == []
    rooms.complete("interaxo", ["r1"], run=2)
    assert [one.id for one in documents.missing("interaxo", run=2)] == ["ix-f1"]


def test_what_stands_in_a_container_that_was_not_reached_is_missing_too(
    ledger: Ledger, documents: Documents
) -> None:
    tree(documents)
    rooms = ledger.rooms("intranet")
    rooms.decide("interaxo", "r1", name="r1", included=True, public=False, rules=b"g")
    rooms.complete("interaxo", ["r1"], run=2)
    documents.see_containers(
        [
            {
                "id": "ix-r1",
                "source": "interaxo",
                "room": "r1",
                "run": 2,
                "proven": b"p",
                "unsteady": False,
                **UNTOLD,
            }
        ]
    )
    documents.miss_unlisted("interaxo", run=2)
    assert [one.id for one in documents.missing("interaxo", run=2)] == ["ix-f1"]
    assert documents.proven("ix-r1") == b"p"
    assert documents.proven("ix-d1") is None


def test_a_session_counts_only_what_it_accepted(documents: Documents) -> None:
    tree(documents)
    push(documents, make_push("ix-f1"), run=5, session_run=5)
    assert documents.not_accepted(5) == 3
    assert documents.accepted(5, "interaxo") == 1
    assert [one.id for one, _ in documents.unaccepted(5, source="interaxo")] == ["ix-r1", "ix-d1", "ix-x1"]


# -- quarantine ---------------------------------------------------------------------------------------------


def park(
    quarantine: Quarantine, name: str = "ix-f1", *, now: float = NOW, version: bytes | None = b"v1"
) -> None:
    quarantine.park(
        name,
        source="interaxo",
        native="f1",
        room="r1",
        title="Plan",
        reason="refused",
        values={"why": "code 7"},
        version=version,
        now=now,
    )


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


# -- the lease ----------------------------------------------------------------------------------------------


def elsewhere(monkeypatch: pytest.MonkeyPatch, name: str, *, called: str = "") -> None:
    """Be on a machine whose lock says nothing of the others."""
    monkeypatch.setattr("connector.ledger.leases.socket.gethostname", lambda: called or name)
    monkeypatch.setattr("connector.ledger.leases.reach_of_lock", lambda: f"{name} kernel")


def test_the_fence_grows_with_every_holder(runs: Runs) -> None:
    fences = []
    for _ in range(3):
        fences.append(runs.take_lease(now=NOW))
        runs.free_lease(fences[-1])
    assert fences == [1, 2, 3]


def test_a_living_holder_on_another_host_keeps_the_lease(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, "one")
    fence = runs.take_lease(now=NOW)
    elsewhere(monkeypatch, "two")
    with pytest.raises(LeaseHeld, match=r"on one.*40 s more"):
        runs.take_lease(now=NOW)
    runs.renew_lease(fence, now=NOW + 35)
    with pytest.raises(LeaseHeld):
        runs.take_lease(now=NOW + 70)


@ON_ONE_MACHINE
def test_a_dead_holders_lease_is_free_after_a_minute_and_it_cannot_come_back(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch, "one")
    old = runs.take_lease(now=NOW)
    elsewhere(monkeypatch, "two")
    new = runs.take_lease(now=NOW + LEASE_S)
    assert LEASE_S <= 60.0
    assert new > old
    with pytest.raises(LeaseLost):
        runs.renew_lease(old, now=NOW + 61)
    runs.free_lease(old)  # frees nothing of the new holder's
    elsewhere(monkeypatch, "three")
    with pytest.raises(LeaseHeld, match="on two"):
        runs.take_lease(now=NOW + 61)


@ON_ONE_MACHINE
def test_on_this_host_the_machines_lock_decides_and_a_dead_process_blocks_nobody(runs: Runs) -> None:
    old = runs.take_lease(now=NOW)
    assert runs.take_lease(now=NOW) == old + 1


@ON_ONE_MACHINE
def test_whoever_died_here_with_a_lease_works_on_nothing_more(
    ledger: Ledger, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "connector.machine.lock.NAMED", "interact-connector-of-a-test-"
    )  # others of this machine work
    members, target = ledger.members(), {"intranet"}
    with only_here("of-a-test"):
        runs.take_lease(now=NOW)
        assert members.worked_on(now=NOW) == target
    assert members.worked_on(now=NOW) == set()
    monkeypatch.setattr("connector.machine.lock.NAMES", Path("/nowhere"))
    assert members.worked_on(now=NOW) == target, "where that cannot be told, time tells"
    monkeypatch.setattr("connector.machine.lock.NAMES", NAMES)
    elsewhere(monkeypatch, "one")
    runs.take_lease(now=NOW + LEASE_S)
    assert members.worked_on(now=NOW + LEASE_S) == target, "and of another machine"
    assert members.worked_on(now=NOW + 2 * LEASE_S) == set()


def test_two_containers_of_one_name_are_two_machines(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, "one", called="connector")
    runs.take_lease(now=NOW)
    elsewhere(monkeypatch, "two", called="connector")
    with pytest.raises(LeaseHeld, match="on connector"):
        runs.take_lease(now=NOW)


def test_reach_of_the_lock_is_the_same_in_every_process_that_it_keeps_apart() -> None:
    if sys.platform != "linux":
        pytest.skip("other systems have no such names")
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            "from connector.machine.lock import NAMES, only_here, reach_of_lock; print(reach_of_lock())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == reach_of_lock()


def test_where_the_reach_cannot_be_told_every_process_is_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("connector.machine.lock.BOOT", tmp_path / "none")
    assert reach_of_lock() == reach_of_lock()
    monkeypatch.setattr("connector.machine.lock.THIS_START", "another")
    assert reach_of_lock() == "another"


def test_a_freed_lease_is_free_at_once(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, "one")
    runs.free_lease(runs.take_lease(now=NOW))
    elsewhere(monkeypatch, "two")
    assert runs.take_lease(now=NOW) == 2


# -- runs and sessions ------------------------------------------------------------------------------------------


def test_run_ids_sort_by_time_and_are_ulids() -> None:
    made = [make_run_id(NOW + second) for second in range(5)]
    assert made == sorted(made)
    assert all(len(one) == 26 and one.isalnum() and one.isupper() for one in made)
    assert len({make_run_id(NOW) for _ in range(50)}) == 50


def test_a_run_that_was_killed_is_closed_by_the_next(runs: Runs) -> None:
    first = runs.start(mode="delta", dry_run=False, now=NOW)
    runs.start(mode="delta", dry_run=False, now=NOW + 60)
    closed = runs.get(first.id.lower())
    assert closed is not None
    assert (closed.outcome, closed.report) == ("failed", None)


def test_the_newest_run_comes_first_and_rehearsals_do_not_count_as_the_last(runs: Runs) -> None:
    first = runs.start(mode="full", dry_run=False, now=NOW)
    runs.finish(first.number, outcome="succeeded", report="{}", now=NOW + 1)
    runs.remember_rehearsal(
        make_run_id(NOW + 2), mode="delta", started=NOW + 2, finished=NOW + 3, outcome="withheld", report="{}"
    )
    assert [run.dry_run for run in runs.recent(5)] == [True, False]
    last = runs.last()
    assert last is not None
    assert last.id == first.id


@pytest.mark.parametrize(
    ("outcome", "resumed"),
    [("cancelled", True), ("failed", True), ("withheld", True), ("succeeded", False), ("quarantined", False)],
)
def test_a_backfill_that_was_stopped_is_resumed_for_the_same_wish_only(
    runs: Runs, outcome: str, resumed: bool
) -> None:
    wish: dict[str, Any] = {"only": [], "rooms": ["example-corp/bridge"]}
    number = runs.new_backfill()
    run = runs.start(mode="backfill", dry_run=False, now=NOW, backfill=number, wanted=wish)
    runs.finish(run.number, outcome=outcome, report="{}", now=NOW)
    assert runs.open_backfill(wish) == (number if resumed else 0)
    assert runs.open_backfill({"only": [], "rooms": []}) == 0
    assert runs.new_backfill() == number + 1


def test_an_unanswered_begin_or_end_is_unsettled_until_it_can_no_longer_take_effect(runs: Runs) -> None:
    assert runs.unsettled_session(now=NOW, settle_s=120) is None
    runs.note_session(1, "beginning", now=NOW)
    assert runs.unsettled_session(now=NOW + 20, settle_s=120) == 100
    runs.note_session(1, "open", now=NOW + 1)
    assert runs.unsettled_session(now=NOW + 20, settle_s=120) is None
    runs.note_session(2, "beginning", now=NOW + 30, lost=True)
    runs.note_session(2, "withheld", now=NOW + 40)
    # a clean answer later does not unsay the loss
    assert runs.unsettled_session(now=NOW + 50, settle_s=120) == 100
    assert runs.unsettled_session(now=NOW + 150, settle_s=120) is None


def test_a_begin_or_an_end_of_a_process_that_died_is_unsettled_from_when_that_is_found(runs: Runs) -> None:
    runs.note_session(1, "beginning", now=NOW, lost=True)
    runs.lose_sessions(now=NOW + 300)
    assert runs.unsettled_session(now=NOW + 310, settle_s=120) == 110
    assert runs.session_state(1, kind="document") == "withheld"
    runs.note_session(2, "ending", now=NOW + 500)
    for later in (700, 800):
        runs.lose_sessions(now=NOW + later)
    assert runs.unsettled_session(now=NOW + 810, settle_s=120) == 10
    runs.note_session(3, "ending", now=NOW + 1_000)
    runs.lose_sessions(now=NOW + 100_000)
    assert runs.unsettled_session(now=NOW + 100_000, settle_s=120) is None, "nothing is waited for so long"


AS_IT_WAS = {"told": b"marks", "told_count": 1, "told_from": 1, "told_to": 1}


def told(documents: Documents, **other: int) -> None:
    seen = {"id": "ix-d1", "source": "interaxo", "room": "r1", "run": 1, "proven": b"", "unsteady": False}
    documents.see_containers([{**seen, **AS_IT_WAS, **other}])


@pytest.mark.parametrize(
    "change",
    [
        "",
        "state='held'",
        "state='new'",
        "fingerprint=NULL",
        "version=NULL",
        "version=CAST('' AS {bytes})",
        "redo_after=9e9",
        "missing_run=2",
        "also='ix-d2'",
        "kept={true}",
        "pushed_run=2",
        "pushed_run=0",
        "container='ix-d2'",
        "source='another'",
        "state='removed'",
    ],
)
def test_a_listing_is_recognised_only_where_every_document_is_as_it_left_it(
    ledger: Ledger, documents: Documents, url: str, change: str
) -> None:
    tree(documents)
    told(documents)
    if change:
        on_file = url.startswith("sqlite")
        change = change.format(bytes="BLOB" if on_file else "BYTEA", true="1" if on_file else "true")
        driver = ledger._database.driver  # type: ignore[attr-defined]
        driver.execute(f"UPDATE documents SET {change} WHERE id='ix-f1'")
    found = documents.told_of(["ix-d1", "ix-d2"], "interaxo")[0]
    assert found == ({} if change else {"ix-d1": b"marks"})


def test_a_listing_is_not_recognised_where_a_document_is_in_quarantine_or_one_more_stands_there(
    documents: Documents, quarantine: Quarantine
) -> None:
    tree(documents)
    told(documents)
    told(documents, told_count=2)
    assert documents.told_of(["ix-d1"], "interaxo")[0] == {}
    told(documents)
    park(quarantine, "ix-f1")
    assert documents.told_of(["ix-d1"], "interaxo")[0] == {}
