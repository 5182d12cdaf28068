"""`last-run.json`: what this machine knows of a ledger tells one that was put back from one that went on, whoever worked with that since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connector.ledger.last_run import NAME, LastRun
from connector.ledger.store import Ledger
from tests.ledger_pushes import NOW


@pytest.fixture
def copy(ledger: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """The same ledger as it was some time ago: in its first run."""
    ledger.runs("intranet").start(mode="full", dry_run=False, now=NOW)
    ledger._database.copy_to(str(tmp_path / "copy.db"))
    with closing(Ledger(f"sqlite:///{tmp_path}/copy.db", now=NOW)) as one:
        yield one


def end_run(ledger: Ledger) -> None:
    last = ledger.runs("intranet").last()
    assert last is not None
    ledger.runs("intranet").finish(last.number, outcome="succeeded", report="{}", now=NOW + 1)


def next_run(ledger: Ledger) -> None:
    ledger.runs("intranet").start(mode="delta", dry_run=False, now=NOW + 2)


def take_turn(ledger: Ledger) -> None:
    """As whoever works between runs."""
    runs = ledger.runs("intranet")
    runs.free_lease(runs.take_lease(now=NOW + 1))


@pytest.mark.parametrize("went_on", [end_run, next_run, take_turn])
def test_whatever_was_done_since_a_copy_was_made_tells_that_it_was_put_back(
    ledger: Ledger, copy: Ledger, tmp_path: Path, went_on: object
) -> None:
    file = LastRun(tmp_path)
    file.note(ledger)
    assert not file.is_missing_from(copy)
    assert callable(went_on)
    went_on(ledger)
    file.note(ledger)
    assert file.is_missing_from(copy)
    assert not file.is_missing_from(ledger)


def test_a_machine_that_knows_less_and_runs_first_hides_nothing_from_the_one_that_knows_more(
    ledger: Ledger, copy: Ledger, tmp_path: Path
) -> None:
    """What it has done since then has the numbers of what is lost, and more."""
    file = LastRun(tmp_path)
    next_run(ledger)
    end_run(ledger)
    file.note(ledger)
    for _ in range(4):
        next_run(copy)
        take_turn(copy)
        end_run(copy)
        file.note(copy)  # as a service does now and then
        assert file.is_missing_from(copy)
    copy.name_anew(now=NOW + 9)
    file.note(copy)
    assert not file.is_missing_from(copy)


def test_what_is_cleared_of_a_ledger_is_not_missing(ledger: Ledger, tmp_path: Path) -> None:
    file = LastRun(tmp_path)
    for _ in range(2):
        next_run(ledger)
        end_run(ledger)
    file.note(ledger)
    next_run(ledger)
    end_run(ledger)
    assert ledger.prune(before=NOW + 100)["runs"]
    assert not file.is_missing_from(ledger)


def test_what_a_release_wrote_that_told_of_runs_alone_counts(
    ledger: Ledger, copy: Ledger, tmp_path: Path
) -> None:
    next_run(ledger)
    (tmp_path / NAME).write_text(f'{{"ledger": "{ledger.id}", "run": 2}}', encoding="utf-8")
    assert LastRun(tmp_path).is_missing_from(copy)
    assert not LastRun(tmp_path).is_missing_from(ledger)


def test_a_copy_that_stands_beside_a_ledger_and_goes_on_by_itself_tells_nothing_of_that(
    ledger: Ledger, copy: Ledger, tmp_path: Path
) -> None:
    """Each has the name of the other, since nobody looked while one of them knew less."""
    file, beside = LastRun(tmp_path, "ledger.db"), LastRun(tmp_path, "copy.db")
    file.note(ledger)
    beside.note(copy)
    for _ in range(2):
        next_run(copy)
        end_run(copy)
        beside.note(copy)
        assert not file.is_missing_from(ledger)
    next_run(ledger)
    end_run(ledger)
    file.note(ledger)
    assert not file.is_missing_from(ledger)
    assert not beside.is_missing_from(copy)
    assert file.is_missing_from(copy), (
        "put back into its place it is missed, whatever was noted of the copy last"
    )
    assert LastRun(tmp_path, "moved.db").is_missing_from(copy), "and elsewhere"


def test_after_a_power_cut_a_file_knows_all_that_was_noted_of_it(tmp_path: Path) -> None:
    """What was written ahead is gone then; a ledger that lost it would be taken for one that was put back."""
    file, left = tmp_path / "ledger.db", tmp_path / "left.db"
    Ledger(f"sqlite:///{file}", now=NOW).close()
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as one:
        next_run(one)
        LastRun(tmp_path).note(one)
        left.write_bytes(file.read_bytes())
    with closing(Ledger(f"sqlite:///{left}", now=NOW)) as after:
        assert not LastRun(tmp_path).is_missing_from(after)
