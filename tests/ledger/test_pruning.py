"""Clearing history keeps what a rule, a run under way or the next one still asks for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.runs import Run
from connector.ledger.store import Ledger
from tests.builders import audience_of
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW, make_push, push

TARGET = "intranet"
DAY = 86_400.0
LATER = NOW + 100 * DAY
WHOLE = {"only": list[str](), "rooms": list[str]()}


def do_run(ledger: Ledger, mode: str, *, at: float = NOW, outcome: str = "succeeded", **more: object) -> Run:
    runs = ledger.runs(TARGET)
    run = runs.start(mode=mode, dry_run=False, now=at, **{"wanted": WHOLE, **more})  # type: ignore[arg-type]
    runs.finish(run.number, outcome=outcome, report="{}", now=at)
    return run


def remove(ledger: Ledger, *names: str, run: int, at: float = NOW) -> None:
    documents = ledger.documents(TARGET)
    push(documents, *map(make_push, names))
    documents.confirm_deletions(names, run=run, now=at, settle_s=1.0, approved=False, why={})


def test_what_was_removed_since_the_notes_were_written_is_known(ledger: Ledger) -> None:
    """Else the next full run would take it for what a lost ledger knew, and brake."""
    for number, mode in enumerate(["full", "delta", "full", "delta"]):
        run = do_run(ledger, mode)
        remove(ledger, f"ix-{number}", run=run.number)
    for outcome in ("failed", "withheld", "braked"):
        do_run(ledger, "full", outcome=outcome)  # it wrote no notes, or not those of each source
    do_run(ledger, "full", wanted={"only": ["itr"], "rooms": []})  # nor did this one
    ledger.people(TARGET)
    assert ledger.prune(before=LATER)["removals"] == 2
    documents = ledger.documents(TARGET)
    assert documents.removed_after_run("interaxo", 0) == 2
    assert ledger.prune(before=LATER)["removals"] == 0
    do_run(ledger, "full")
    assert ledger.prune(before=LATER)["removals"] == 2


def test_what_was_removed_before_all_of_a_source_was_sent_again_is_cleared_without_a_run_of_good_end(
    ledger: Ledger,
) -> None:
    """A room that can never be read, or a decision that nobody takes, keeps each full run from a good end."""
    documents = ledger.documents(TARGET)
    removed = [
        make_push("ix-1", source="other"),
        make_push("ix-2"),
        make_push("ix-3", title="a telling title"),
    ]
    lives, others = make_push("ix-4"), make_push("ix-5", source="other")
    push(documents, *removed, lives, others)
    for one in removed:
        documents.confirm_deletions([one.listed.id], run=2, now=NOW, settle_s=1.0, approved=False, why={})
    do_run(ledger, "full", outcome="withheld")
    assert ledger.prune(before=LATER)["removals"] == 0, "its notes may be those of the first run"
    push(documents, lives, run=3)
    assert ledger.prune(before=NOW)["removals"] == 0, "it was not long ago"
    assert ledger.prune(before=LATER)["removals"] == 2
    assert documents.removed_after_run("other", 1) == 1
    assert documents.removed_after_run("interaxo", 1) == 0


def test_a_backfill_has_another_number_than_every_one_before(ledger: Ledger) -> None:
    """Else it would take for its own what one before had loaded, and load nothing."""
    runs = ledger.runs(TARGET)
    first = runs.new_backfill()
    do_run(ledger, "backfill", backfill=first)
    do_run(ledger, "delta")
    ledger.prune(before=LATER)
    assert runs.new_backfill() == first + 1
    assert runs.open_backfill(WHOLE) == 0
    do_run(ledger, "backfill", backfill=first + 1, outcome="cancelled")
    ledger.prune(before=LATER)
    assert runs.open_backfill(WHOLE) == first + 1


def test_the_last_run_of_each_kind_is_known(ledger: Ledger) -> None:
    runs = ledger.runs(TARGET)
    full = do_run(ledger, "full")
    for _ in range(3):
        delta = do_run(ledger, "delta")
    runs.remember_rehearsal(
        "rehearsal", mode="delta", started=NOW, finished=NOW, outcome="succeeded", report="{}"
    )
    assert ledger.prune(before=LATER)["runs"] == 2
    assert runs.read_whole()
    assert [one and one.id for one in (runs.last_finished("full"), runs.last())] == [full.id, delta.id]


def test_who_may_see_what_is_known_of_what_a_run_goes_on_to_send(ledger: Ledger) -> None:
    """A run writes down once what an audience is; it may be cleared only where none goes on."""
    documents, runs, audience = ledger.documents(TARGET), ledger.runs(TARGET), audience_of("ix:group:a")
    fence = runs.take_lease(now=NOW)
    refused = make_push("ix-1", audience=audience)
    documents.settle(documents.intend_pushes([refused], run=1, now=NOW))
    assert ledger.prune(before=LATER)["audiences"] == 0
    push(documents, make_push("ix-2", audience=audience))
    assert documents.audience_of("ix-2") == audience
    documents.settle(documents.intend_pushes([make_push("ix-3", audience=audience_of("b"))], run=1, now=NOW))
    runs.free_lease(fence)
    assert ledger.prune(before=LATER)["audiences"] == 1
    assert documents.audience_of("ix-2") == audience


def test_a_run_that_works_does_not_wait_until_the_file_is_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Ledger(f"sqlite:///{tmp_path}/ledger.db", now=NOW)
    said: list[str] = []
    monkeypatch.setattr(Sqlite, "vacuum", lambda _: said.append("vacuum"))
    do_run(one, "full")
    push(one.documents(TARGET), make_push("ix-1", title="a very telling title"))
    one.documents(TARGET).confirm_deletions(["ix-1"], run=0, now=NOW, settle_s=1.0, approved=False, why={})
    fence = one.runs(TARGET).take_lease(now=one.clock())
    assert one.prune(before=LATER)["removals"] == 1
    assert said == []
    assert not [file for file in tmp_path.iterdir() if b"very telling" in file.read_bytes()]
    one.runs(TARGET).free_lease(fence)
    one.prune(before=LATER)
    assert said == ["vacuum"]
    one.close()


def test_an_audience_that_a_run_takes_up_while_history_is_cleared_is_kept(cluster: Cluster) -> None:
    """Of a document whose audience nobody knows any more it could not be told who lost it."""
    psycopg = pytest.importorskip("psycopg")
    url, audience = cluster.new_database(), audience_of("ix:group:a")
    with closing(Ledger(url, now=NOW)) as ledger, closing(Ledger(url, now=NOW)) as other:
        push(ledger.documents(TARGET), make_push("ix-1", audience=audience))
        push(ledger.documents(TARGET), make_push("ix-1", audience=audience_of("ix:group:b")))
        with closing(psycopg.connect(url)) as slow, ThreadPoolExecutor(1) as thread:
            slow.execute("SELECT 1 FROM audiences FOR UPDATE")  # a large ledger takes seconds
            pruning = thread.submit(other.prune, before=LATER)
            waits = (
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%audiences%%'"
            )
            while not ledger._database.driver.execute(waits).fetchone():  # type: ignore[attr-defined]
                assert not pruning.done()
            runs = ledger.runs(TARGET)
            fence = runs.take_lease(now=NOW)
            push(ledger.documents(TARGET), make_push("ix-2", audience=audience))
            runs.free_lease(fence)
            slow.rollback()
            assert pruning.result()["audiences"] == 0
        assert ledger.documents(TARGET).audience_of("ix-2") == audience
        push(ledger.documents(TARGET), make_push("ix-2", audience=audience_of("ix:group:b")))
        assert other.prune(before=LATER)["audiences"] == 1
