"""What a run of the bench found, as values; `bench.table` tells it. PURE."""

from __future__ import annotations

from statistics import median

import msgspec

from bench.cases import Case, Company, Programme, Round, Several


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of one run, taken in the same minute."""

    connector_s: float
    connector_cpu_s: float
    bare_s: float
    bare_cpu_s: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """All turns of one round of a case; what was dropped is not among them."""

    case: Case
    round: Round
    pairs: list[Pair]

    @property
    def speed(self) -> float:
        """Items a second of the connector."""
        return self.case.estate.items / median(one.connector_s for one in self.pairs)

    @property
    def bare_speed(self) -> float:
        """Items a second of the bare loop."""
        return self.case.estate.items / median(one.bare_s for one in self.pairs)

    @property
    def ratio(self) -> float:
        """Of the speeds, within a turn."""
        return median(one.bare_s / one.connector_s for one in self.pairs)

    @property
    def cpu_ratio(self) -> float:
        """Of processor time, within a turn."""
        return median(one.connector_cpu_s / one.bare_cpu_s for one in self.pairs)


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """Full runs over one size."""

    items: int
    peak_mb: float
    cpu_s: float
    """Of one run."""


class CompanyFound(msgspec.Struct, frozen=True, kw_only=True):
    """ITR beside Interaxo."""

    company: Company
    documents: int
    """Of ITR, in a full run."""
    turns: dict[Round, list[tuple[float, float]]]
    """Processor time for each document in seconds: of ITR, of Interaxo."""


class SeveralFound(msgspec.Struct, frozen=True, kw_only=True):
    """Targets of one ledger, in turn."""

    several: Several
    turns: dict[Round, list[tuple[float, float]]]
    """Seconds and processor time of all, over so many times those of one."""


class ByHandFound(msgspec.Struct, frozen=True, kw_only=True):
    """The connector beside the loop that is written by hand."""

    latency_ms: int
    round: Round
    turns: list[tuple[float, float]]
    """Speed of the connector over that of the loop, and processor time, of whole processes within a turn."""


class StartFound(msgspec.Struct, frozen=True, kw_only=True):
    """One start."""

    name: str
    ratio: float
    at_most: float
    """What it should be."""
    note: str = ""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorded full run of an estate asked and sent."""

    name: str
    items: int
    gets: int
    puts: int
    put_bytes: int


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when it was measured."""

    day: str
    machine: str
    versions: str
    load: float
    """Average of the last minute, when it began."""
    minutes: float
    """How long it took."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the bench. What could not be measured is missing, and stands among what was dropped."""

    programme: Programme
    surroundings: Surroundings
    starts: list[StartFound]
    work: list[Work]
    rows: list[Row]
    grown: list[Grown]
    company: CompanyFound | None
    several: SeveralFound | None
    by_hand: list[ByHandFound]
    dropped: list[str]
