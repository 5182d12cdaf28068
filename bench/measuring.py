"""Both sides in turns, and what else is measured: from cases to results. A run that is no measure is told and dropped."""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec

from bench.cases import EVERY, ByHand, Case, Company, Estate, Growth, Round, Several
from bench.children import Children, Json, NoMeasure, Server
from bench.outcome import Outcome, Task
from bench.results import ByHandFound, CompanyFound, Grown, Pair, Row, SeveralFound, Work

T = TypeVar("T")
CONNECTOR, BARE = "connector", "bare"
IN_TURN = (Round.FULL, Round.SAME, Round.SAME)
"""Of the two deltas the second is told: what the full run left to be looked at once more is looked at in the first."""


class Drops:
    """What was no measure."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def catching(self, what: str) -> Iterator[None]:
        """Go on after something that is no measure."""
        try:
            yield
        except NoMeasure as why:
            self.told.append(f"{what}: {why}")
            print(f"dropped: {what}: {why}", file=sys.stderr, flush=True)


class Bench:
    """One estate, measured against one server."""

    def __init__(self, children: Children, server: Server, estate: Estate) -> None:
        self.asked: dict[Round, Json] = {}
        """What the recorded run asked and sent."""
        self._children = children
        self._server = server
        self._estate = estate

    @contextmanager
    def ledger(self) -> Iterator[Path]:
        """A folder for a new ledger; it goes afterwards."""
        folder = self._children.new_folder("ledger-")
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def record(self, rounds: Sequence[Round]) -> None:
        """
        Record each round for the bare loop.

        Raises:
            NoMeasure: a run did not do all of its work.
        """
        with self.ledger() as ledger:
            for number, each in enumerate(rounds):
                if number == 1:
                    self.run(ledger, Round.SAME)
                self._server.begin(each, record=True)
                found = self._children.run("bench.whole", self._task(ledger, each))
                counts = self._server.counts()
                self._check(each, found, counts)
                self.asked[each] = counts

    def turn(self, case: Case, drops: Drops, *, bare_first: bool) -> dict[Round, Pair]:
        """Run both sides in each round; before the first delta one runs that is not told, as `IN_TURN` says."""
        pairs: dict[Round, Pair] = {}
        with self.ledger() as ledger:
            for number, each in enumerate(case.rounds):
                if number == 1:
                    with drops.catching(f"{case.name}, {case.latency_ms} ms, the delta after a full run"):
                        self.run(ledger, Round.SAME)
                told = f"{case.name}, {each.words}, {case.latency_ms} ms, {case.calls} calls at once"
                sides: dict[str, Outcome] = {}
                for side in (BARE, CONNECTOR) if bare_first else (CONNECTOR, BARE):
                    with drops.catching(f"{told}, {side}"):
                        sides[side] = self._one(side, case, each, ledger)
                if len(sides) == 2:
                    connector, bare = sides[CONNECTOR], sides[BARE]
                    pairs[each] = Pair(
                        connector_s=connector.seconds,
                        connector_cpu_s=connector.cpu_seconds,
                        bare_s=bare.seconds,
                        bare_cpu_s=bare.cpu_seconds,
                    )
        return pairs

    def run(self, ledger: Path, each: Round = Round.FULL, *, targets: int = 1) -> Outcome:
        """
        One run of the connector alone, without latency.

        Raises:
            NoMeasure: it did not do all of its work.
        """
        self._server.begin(each)
        found = self._children.run("bench.whole", self._task(ledger, each, targets=targets))
        self._check(each, found, self._server.counts(), targets=targets)
        return found

    def whole(self, module: str, folder: Path, each: Round, *, latency_ms: int) -> tuple[float, float]:
        """
        One process from its start to its end: seconds, and those of the processor.

        Raises:
            NoMeasure: it did not do all of its work.
        """
        self._server.begin(each, latency_ms=latency_ms)
        found, seconds, cpu_s = self._children.whole(module, self._task(folder, each))
        self._check(each, found, self._server.counts())
        if found.live != self._estate.items:
            raise NoMeasure(f"{module}: {found.live} documents are live, not {self._estate.items}")
        return seconds, cpu_s

    def _one(self, side: str, case: Case, each: Round, ledger: Path) -> Outcome:
        self._server.begin(each, latency_ms=case.latency_ms, replayed=side == BARE)
        folder = self._server.plans / each if side == BARE else ledger
        module = "bench.bare" if side == BARE else "bench.whole"
        found = self._children.run(module, self._task(folder, each, calls=case.calls))
        self._check(each, found, self._server.counts())
        return found

    def _task(self, folder: Path, each: Round, *, calls: int = 16, targets: int = 1) -> Task:
        return Task(
            origin=self._server.origin,
            folder=str(folder),
            mode=each.mode,
            calls=calls,
            texts=self._estate.texts,
            targets=targets,
        )

    def _check(self, each: Round, found: Outcome, counts: Json, *, targets: int = 1) -> None:
        """Say what is missing from a run."""
        wanted, items = self.asked.get(each), self._estate.items * targets
        if found.outcome not in {"", "succeeded"}:
            raise NoMeasure(f"the connector says {found.outcome}: {'; '.join(found.reasons)}")
        if found.outcome and found.live != items:
            raise NoMeasure(f"{found.live} documents are live, not {items}")
        if found.without_text and self._estate.texts:
            raise NoMeasure(f"{found.without_text} documents have no text")
        if counts["strange"]:
            raise NoMeasure(f"calls that the neighbours do not know: {counts['strange']}")
        if each is Round.FULL and counts["documents"] != items:
            raise NoMeasure(f"{counts['documents']} different documents arrived, not {items}")
        if wanted is not None and targets == 1 and counts["documents"] != wanted["documents"]:
            raise NoMeasure(f"{counts['documents']} different documents arrived, not {wanted['documents']}")
        if wanted is not None and not found.outcome and counts["put_bytes"] != wanted["put_bytes"]:
            raise NoMeasure("the bare loop sent other bytes than were recorded")


def compare(
    children: Children, cases: Sequence[Case], drops: Drops, tell: Callable[[Row], None]
) -> tuple[list[Work], list[Row]]:
    """Measure cases; those of one estate share its neighbours and its record."""
    work: list[Work] = []
    rows: list[Row] = []
    for estate, several in groupby(cases, key=lambda case: case.estate):
        own = list(several)
        name = own[0].name
        with drops.catching(f"{name}, {estate.items:,} items"), children.served(estate) as server:
            bench = Bench(children, server, estate)
            bench.record([one for one in EVERY if any(one in case.rounds for case in own)])
            full = bench.asked[Round.FULL]
            work.append(
                Work(
                    name=name,
                    items=estate.items,
                    gets=full["gets"],
                    puts=full["puts"],
                    put_bytes=full["put_bytes"],
                )
            )
            for case in own:
                pairs: defaultdict[Round, list[Pair]] = defaultdict(list)
                for number in range(case.turns):
                    for each, pair in bench.turn(case, drops, bare_first=number % 2 == 1).items():
                        pairs[each].append(pair)
                for each in case.rounds:
                    if pairs[each]:
                        rows.append(Row(case=case, round=each, pairs=pairs[each]))
                        tell(rows[-1])
    return work, rows


def grow(children: Children, growth: Growth, drops: Drops) -> list[Grown]:
    """Full runs over each size; the one that others are told against runs before and after the largest."""
    found: defaultdict[int, list[Outcome]] = defaultdict(list)
    for items in [*growth.sizes, growth.beside]:
        estate = Estate(items)
        with drops.catching(f"a full run over {items:,} items"), children.served(estate) as server:
            bench = Bench(children, server, estate)
            with bench.ledger() as ledger:
                run = bench.run(ledger)
            found[items].append(run)
    return [
        Grown(
            items=items,
            peak_mb=median(one.peak_mb for one in runs),
            cpu_s=median(one.cpu_seconds for one in runs),
        )
        for items, runs in sorted(found.items())
    ]


def compare_company(children: Children, company: Company, drops: Drops) -> CompanyFound | None:
    """Processor time for each document of ITR and of Interaxo, in turns: a full run, then a delta with nothing changed."""
    turns: defaultdict[Round, list[tuple[float, float]]] = defaultdict(list)
    documents = 0
    estate = Estate(company.items)
    with (
        drops.catching("ITR"),
        children.served(estate) as server,
        children.serving("bench.company", str(company.sessions)) as told,
    ):
        settings = msgspec.json.decode(told, type=dict[str, str])
        rooms = Bench(children, server, estate)
        for _ in range(company.turns):
            with rooms.ledger() as of_rooms, rooms.ledger() as of_company:
                figures: dict[Round, tuple[float, float]] = {}
                for each in IN_TURN:
                    beside = rooms.run(of_rooms, each)
                    task = Task(
                        origin=server.origin, folder=str(of_company), mode=each.mode, company=settings
                    )
                    server.begin(each)
                    found = children.run("bench.whole", task)
                    if found.outcome != "succeeded":
                        raise NoMeasure(f"the connector says {found.outcome}: {'; '.join(found.reasons)}")
                    documents = found.live
                    figures[each] = (found.cpu_seconds / found.live, beside.cpu_seconds / beside.live)
                for each, figure in figures.items():
                    turns[each].append(figure)
    return CompanyFound(company=company, documents=documents, turns=dict(turns)) if turns else None


def compare_by_hand(children: Children, by_hand: ByHand, drops: Drops) -> list[ByHandFound]:
    """Whole processes of the connector and of a loop that is written by hand, in turns."""
    turns: defaultdict[tuple[int, Round], list[tuple[float, float]]] = defaultdict(list)
    estate = Estate(by_hand.items)
    with drops.catching("the loop by hand"), children.served(estate) as server:
        bench = Bench(children, server, estate)
        for latency_ms in by_hand.latencies_ms:
            for _ in range(by_hand.turns):
                with bench.ledger() as loop, bench.ledger() as ledger:
                    figures: dict[Round, tuple[float, float]] = {}
                    for each in (*IN_TURN, Round.EDITED):
                        alone = bench.whole("bench.hand", loop, each, latency_ms=latency_ms)
                        ours = bench.whole("bench.whole", ledger, each, latency_ms=latency_ms)
                        figures[each] = (alone[0] / ours[0], ours[1] / alone[1])
                for each, figure in figures.items():
                    turns[latency_ms, each].append(figure)
    return [
        ByHandFound(latency_ms=latency_ms, round=each, turns=found)
        for (latency_ms, each), found in turns.items()
    ]


def compare_several(children: Children, several: Several, drops: Drops) -> SeveralFound | None:
    """Targets of one ledger in turn, in one process, beside one target."""
    turns: defaultdict[Round, list[tuple[float, float]]] = defaultdict(list)
    estate, times = Estate(several.items), several.targets
    with drops.catching("several targets"), children.served(estate) as server:
        bench = Bench(children, server, estate)
        for _ in range(several.turns):
            with bench.ledger() as of_one, bench.ledger() as of_all:
                one = {each: bench.run(of_one, each) for each in IN_TURN}
                every = {each: bench.run(of_all, each, targets=times) for each in IN_TURN}
                for each, found in every.items():
                    alone = one[each]
                    turns[each].append(
                        (
                            found.seconds / alone.seconds / times,
                            found.cpu_seconds / alone.cpu_seconds / times,
                        )
                    )
    return SeveralFound(several=several, turns=dict(turns)) if turns else None
