"""What every ledger, in whichever database, does with an intent and with the answer to it."""

from __future__ import annotations

import msgspec
import pytest

from connector.ledger.documents import Documents
from connector.ledger.quarantine import Quarantine
from connector.ledger.store import Ledger
from tests.builders import audience_of
from tests.ledger.some_documents import park, state_of
from tests.ledger_pushes import LIFE, NOW, make_push, push


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


def test_what_went_unanswered_is_heard_of_once_it_is_accepted_at_that_moment_or_later(
    documents: Documents,
) -> None:
    def unheard(since: float = NOW) -> list[str]:
        return documents.unheard("interaxo", since=since, settle_s=120.0)

    first, second = make_push(), make_push(title="Second")
    push(documents, first, now=NOW - 10)
    assert not unheard()
    documents.lose_pushes([second], until=NOW + 130)
    assert unheard() == ["ix-f1"]
    assert not unheard(since=NOW + 11), "an earlier run lost it"
    assert not documents.unheard("itr", since=NOW, settle_s=120.0)
    push(documents, first, now=NOW + 9)
    assert unheard() == ["ix-f1"], "it was accepted before"
    push(documents, first, now=NOW + 10)
    assert not unheard()
    documents.lose_open_intents(settle_s=120.0)
    documents.intend_pushes([make_push("ix-f2")], run=1, now=NOW)
    documents.lose_open_intents(settle_s=120.0)
    assert unheard() == ["ix-f2"], "nobody ever accepted it"
    push(documents, make_push("ix-f3"), now=NOW)
    documents.lose(["ix-f3"], until=NOW + 150, fingerprints={})
    assert unheard() == ["ix-f2"], "a removal is no push"


def test_a_lost_call_with_the_same_content_as_the_accepted_one_harms_nothing(documents: Documents) -> None:
    one = make_push()
    documents.lose_pushes([one], until=NOW + 120)
    push(documents, one)
    assert documents.known(["ix-f1"])["ix-f1"].redo_after is None
    other = make_push(title="Other")
    push(documents, other, now=NOW + 60)
    assert documents.known(["ix-f1"])["ix-f1"].redo_after == NOW + 120, "it may come after the other one"
    push(documents, one, now=NOW + 120)
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
