"""
What passes between a run and the services that walk rooms for it, as JSON in the ledger.

    Terms          what the run is about: the same for every seat
    SeatWork       what whoever has a seat counted and found beside single rooms, and what it decided up to a limit of the run
    WrittenResult  what the walk of one room found
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.metadata import version

import msgspec

from connector.access.comparing import Sight
from connector.crawl.results import ScopeResult
from connector.document.audience import Audience
from connector.document.document import Scope
from connector.document.ids import digest
from connector.plan.findings import Code, Finding
from connector.plan.options import Options
from connector.plan.report import Problem
from connector.plan.tally import Counted, Tally
from connector.ports.source import Shareable, Source
from connector.ports.target import Target


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is about, for whoever walks a room of it."""

    id: str
    ledger: str
    options: Options
    started: float
    before: float | None
    put_back_at: float
    backfill: int
    session: int
    """The run's number while its session is open."""
    source: bytes
    """What the source is read by; whoever reads it by anything else walks nothing."""
    target: bytes = b""
    """
    What the target is written by, likewise: what a session's end finds to be lacking is removed, whoever pushed it elsewhere.

    Empty of an earlier release, for which whoever has this one walks nothing.
    """
    release: str = ""
    """Of the connector that has the run: what another one tells, it may not be able to read."""
    seats: int
    rooms: int
    """Rooms that all seats walk together."""
    calls: int
    """Calls to the source at once, of all seats together."""
    share: float
    """Of the calls in a second that each seat has, and the run itself."""
    pushes: int
    """Pushes to the target at once, of all seats together."""
    count: int
    people: int
    others: dict[str, int] = {}
    """What is noted beside documents."""
    refused: list[str]
    """Ids of what the target refuses with fewer people."""
    exchanges: int
    """So many documents may get another audience altogether."""

    def part_of(self, number: int, whole: int) -> int:
        """What one seat has of a whole: all seats together never more than that, and none two less than another."""
        return whole // self.seats + (number < whole % self.seats)

    def rooms_of(self, number: int) -> int:
        """Rooms that one seat walks at once, at most: its own, so that none begins when others end, and each has a call."""
        return min(self.part_of(number, self.rooms), self.calls // self.seats)


class _Asked(msgspec.Struct):
    """Of terms what every release can read."""

    release: str = ""


class WrittenTally(msgspec.Struct, kw_only=True):
    """A tally."""

    counts: dict[Counted, int] = {}
    findings: list[Finding] = []
    codes: list[Code] = []

    @classmethod
    def of(cls, tally: Tally) -> WrittenTally:
        """Write a tally."""
        return cls(counts=dict(tally.counts), findings=tally.findings, codes=sorted(tally.codes))

    def read(self) -> Tally:
        """Read it."""
        tally = Tally()
        tally.counts = Counter(self.counts)
        tally.findings = list(self.findings)
        tally.codes = set(self.codes)
        return tally


class SeatWork(msgspec.Struct, kw_only=True):
    """What whoever had a seat did so far, all of them together."""

    tally: WrittenTally = msgspec.field(default_factory=WrittenTally)
    items: int = 0
    """Seen in listings."""
    pushed: int = 0
    silent: str = ""
    """Why what was sent last in vain was; the ledger has which documents that are."""
    exchanged: int = 0
    """Documents that got another audience altogether."""
    requests: int = 0
    reread: int = 0
    pushes: int = 0
    """Requests to the target."""
    bytes: int = 0
    answered: int = 0
    """Requests to either of them with a clean answer."""
    trouble: str = ""
    """Why whoever had it last left, where that was not asked of it."""


class WrittenResult(msgspec.Struct, kw_only=True):
    """What the walk of one room found."""

    complete: bool
    items: int
    problems: list[Problem]
    tally: WrittenTally


class WrittenScope(msgspec.Struct, kw_only=True):
    """A room as it was listed in this run, and who may see it."""

    scope: str
    """As its source packs it."""
    audience: Audience | None
    public: bool
    last: Audience | None
    lost_at: float | None


def write(value: msgspec.Struct) -> str:
    """Write any of them."""
    return msgspec.json.encode(value).decode()


def read_terms(text: str) -> Terms:
    """Read what a run is about."""
    return msgspec.json.decode(text, type=Terms)


def is_of_this_release(text: str) -> bool:
    """Whether terms are of the connector that is installed here; those of any other one may not be read."""
    return msgspec.json.decode(text, type=_Asked).release == release()


def read_work(text: str) -> SeatWork:
    """Read what was done; nothing yet where the text is empty."""
    return msgspec.json.decode(text, type=SeatWork) if text else SeatWork()


def write_sight(source: Shareable, sight: Sight) -> str:
    """Write a room and who may see it."""
    return write(
        WrittenScope(
            scope=source.pack(sight.scope),
            audience=sight.audience,
            public=sight.public,
            last=sight.last,
            lost_at=sight.lost_at,
        )
    )


def read_sight(source: Shareable, text: str) -> Sight:
    """Read it again."""
    seen = msgspec.json.decode(text, type=WrittenScope)
    return Sight(
        scope=source.unpack(seen.scope),
        audience=seen.audience,
        public=seen.public,
        last=seen.last,
        lost_at=seen.lost_at,
    )


def write_result(result: ScopeResult) -> str:
    """Write what a walk found."""
    return write(
        WrittenResult(
            complete=result.complete,
            items=result.items,
            problems=result.problems,
            tally=WrittenTally.of(result.tally),
        )
    )


def read_result(text: str, scope: Scope) -> ScopeResult:
    """Read it again."""
    walked = msgspec.json.decode(text, type=WrittenResult)
    return ScopeResult(
        key=scope.key,
        name=scope.name,
        complete=walked.complete,
        items=walked.items,
        problems=walked.problems,
        tally=walked.tally.read(),
    )


@cache
def release() -> str:
    """Of this connector."""
    return version("interact-connector")


def writing_of(target: Target) -> bytes:
    """What a target is written by: which intranet it is, and by which settings."""
    return digest([target.key, target.format.settings_hash])


def reading_of(source: Source, files_by: str) -> bytes:
    """What a source is read by: where, as whom, and by which settings, those of files among them."""
    return digest(
        [source.name, source.address, source.mapping_hash.hex(), source.left_out_rules.hex(), files_by]
    )
