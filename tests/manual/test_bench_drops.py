"""A run of the bench that did not do all of its work is told and dropped, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.cases import Case, Estate, Growth, Round
from bench.children import NoMeasure
from bench.measuring import Drops, compare, grow
from bench.outcome import Outcome, Task
from bench.results import Row

ESTATE, OTHER = Estate(100), Estate(200)


class Server:
    """Neighbours that were asked for all there is."""

    def __init__(self, folder: Path, estate: Estate) -> None:
        self.origin = "http://nowhere"
        self.plans = folder
        self.replayed = False
        self._estate = estate
        self._round = Round.FULL

    def begin(
        self, round_: Round, *, latency_ms: float = 0, record: bool = False, replayed: bool = False
    ) -> None:
        self.replayed, self._round = replayed, round_

    def counts(self) -> dict[str, Any]:
        documents = {Round.FULL: self._estate.items, Round.SAME: 0, Round.EDITED: self._estate.items // 100}
        return {"gets": 20, "puts": 2, "put_bytes": 1_000, "documents": documents[self._round], "strange": []}


class Children:
    """Runs that take no time, but for one that is cut off."""

    def __init__(self, folder: Path, broken: int = -1, **odd: Any) -> None:
        self.folder = folder
        self.runs: list[tuple[str, str]] = []
        self._broken = broken
        self._odd = odd
        self._estate = ESTATE

    def run(self, module: str, task: Task) -> Outcome:
        self.runs.append((module, task.mode))
        if module == "bench.bare":
            return Outcome(seconds=1, cpu_seconds=1, peak_mb=1)
        good = Outcome(
            seconds=2, cpu_seconds=4, peak_mb=50, outcome="succeeded", live=self._estate.items * task.targets
        )
        if len(self.runs) - 1 != self._broken:
            return good
        if not self._odd:
            raise NoMeasure("bench.whole ended with 1")
        return msgspec.structs.replace(good, **self._odd)

    @contextmanager
    def served(self, estate: Estate) -> Iterator[Server]:
        self._estate = estate
        yield Server(self.folder, estate)

    def new_folder(self, prefix: str) -> Path:
        folder = self.folder / f"{prefix}{len(self.runs)}"
        folder.mkdir()
        return folder


def measured(children: Any, *cases: Case) -> tuple[list[Row], list[str]]:
    drops = Drops()
    _, rows = compare(children, cases, drops, lambda _: None)
    return rows, drops.told


def case(estate: Estate = ESTATE, **more: Any) -> Case:
    return Case(**{"name": "rooms", "estate": estate, "latency_ms": 0, "turns": 2, **more})


def test_both_sides_take_turns_after_each_round_was_recorded(tmp_path: Path) -> None:
    children = Children(tmp_path)
    rows, told = measured(children, case(rounds=(Round.FULL, Round.EDITED)))
    assert told == []
    assert [(row.round, len(row.pairs), row.ratio, row.cpu_ratio) for row in rows] == [
        (Round.FULL, 2, 0.5, 4.0),
        (Round.EDITED, 2, 0.5, 4.0),
    ]
    ours, bare = "bench.whole", "bench.bare"
    assert [module for module, _ in children.runs] == [
        *[ours, ours, ours],  # the record; the second one is the delta that makes the marks of pages
        *[ours, bare, ours, ours, bare],
        *[bare, ours, ours, bare, ours],
    ]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({}, "ended with 1"),
        ({"outcome": "withheld", "reasons": ["a room was not read"]}, "withheld: a room was not read"),
        ({"live": 99}, "99 documents are live, not 100"),
    ],
)
def test_a_run_that_was_cut_off_costs_its_turn_only(tmp_path: Path, odd: dict[str, Any], why: str) -> None:
    rows, told = measured(Children(tmp_path, 4, **odd), case(), case(latency_ms=20))
    assert [(row.case.latency_ms, row.round, len(row.pairs)) for row in rows] == [
        (0, Round.FULL, 1),
        (0, Round.SAME, 2),
        (0, Round.EDITED, 2),
        (20, Round.FULL, 2),
        (20, Round.SAME, 2),
        (20, Round.EDITED, 2),
    ]
    (one,) = told
    assert one.startswith("rooms, full, 0 ms, 16 calls at once, connector: ")
    assert why in one


def test_a_record_that_is_no_measure_costs_its_estate_only(tmp_path: Path) -> None:
    rows, told = measured(
        Children(tmp_path, 0), case(rounds=(Round.FULL,)), case(OTHER, rounds=(Round.FULL,))
    )
    assert [row.case.estate for row in rows] == [OTHER]
    assert told == ["rooms, 100 items: bench.whole ended with 1"]


def test_a_size_that_is_no_measure_is_left_out(tmp_path: Path) -> None:
    drops, children = Drops(), Children(tmp_path, 2)
    found = grow(children, Growth(sizes=(5, 50, 500), beside=50), drops)  # type: ignore[arg-type]
    assert [one.items for one in found] == [5, 50]
    assert drops.told == ["a full run over 500 items: bench.whole ended with 1"]
    assert len(children.runs) == 4
