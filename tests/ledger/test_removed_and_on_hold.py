"""What every ledger knows of documents that are removed, on hold or missing."""

from __future__ import annotations

from connector.ledger.documents import Documents
from connector.ledger.store import Ledger
from tests.ledger.some_documents import state_of, tree
from tests.ledger_pushes import NOW, UNTOLD, make_push, push


def delete(documents: Documents, *names: str, now: float = NOW, approved: bool = False) -> None:
    intent = documents.intend_deletions(names, run=2, now=now)
    documents.confirm_deletions(names, run=2, now=now, settle_s=120.0, approved=approved, why={})
    documents.settle(intent)


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
