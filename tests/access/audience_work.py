"""What a run does about audiences, in its order, over the three documents of one room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from connector.access.accepted import Accepted
from connector.access.audience_updates import AudienceUpdates
from connector.access.breadcrumb_updates import BreadcrumbUpdates
from connector.access.breadcrumbs import ContainerNames
from connector.access.comparing import Sight
from connector.access.narrowing import Narrowing
from connector.access.widening import Widening
from connector.document.audience import NOBODY, Audience
from connector.document.document import Known, Listed, Scope, met_in
from connector.plan.brake import Limits
from connector.plan.brake_counts import BrakeCounts
from connector.plan.findings import HoldReason
from connector.plan.step import audience_update_of
from connector.ports.source import Seen, Verdict
from connector.ports.target import Stamp
from connector.target.format import InteractFormat
from tests.builders import audience_of, make_listed
from tests.desk import SOURCE, Desk, Post

LOST, EXPIRED = HoldReason.LOST, HoldReason.EXPIRED
A, B, C = "ix:group:a", "ix:group:b", "ix:group:c"
ONE, TWO, OTHER, ALL = audience_of(A), audience_of(A, B), audience_of(C), audience_of(A, B, C)
AGE_S = 1_000.0


class Rooms:
    """A source whose documents have their room's audience."""

    name, concurrency = SOURCE, 2

    def __init__(self) -> None:
        self.answers: dict[str, Verdict | Exception] = {}
        """By native id: what it says when it is asked for one by itself; others stand there as they were accepted."""

    def scope_id(self, scope: Scope) -> str:
        return f"ix-{scope.key}"

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        answer = self.answers.get(native, Verdict(listed=make_listed(id=f"ix-{native}", native=native)))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Folders(Rooms):
    """A source that tells of single documents."""

    looks_below = True

    def __init__(self, *told: Seen) -> None:
        super().__init__()
        self.told = told
        self.asked: list[tuple[str, Audience | None, float | None]] = []

    async def audiences(
        self, scope: Scope, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[Sequence[Seen]]:
        self.asked.append((scope.key, audience, lost_at))
        yield list(self.told)


class Work:
    """What a run does about audiences, in the order of a run."""

    def __init__(self, desk: Desk, post: Post, accepted: Accepted) -> None:
        run, books, sheet = desk.work, desk.books, desk.tally
        brake_counts = BrakeCounts(run, desk.documents, [], moved=())
        self.accepted = accepted
        self.as_accepted = accepted.push_of
        self.updates = AudienceUpdates(run, books, sheet)
        self.breadcrumbs = BreadcrumbUpdates(run, books, self.updates, accepted)
        self.narrowing = Narrowing(run, books, self.updates, accepted, post, brake_counts)  # type: ignore[arg-type]
        self.widening = Widening(run, books, self.updates, accepted, post, sheet)  # type: ignore[arg-type]
        self.narrow, self.empty = self.narrowing.narrow, self.narrowing.empty
        self.find_refused, self.expired = self.narrowing.find_refused, self.narrowing.expired
        self.still_lost, self.widen = self.narrowing.still_lost, self.widening.widen

    async def read(self, walks: Sequence[tuple[Any, Sequence[Sight]]]) -> None:
        await self.narrowing.read(walks)
        self.breadcrumbs.compare([source for source, _ in walks])

    def now(self, item: Listed, known: Known | None) -> Audience | None:
        """Plan who may find an item, and note what is left to be done of it."""
        update = audience_update_of(item, known, self.updates.facts(item, known, waiting=None, rules=b""))
        self.updates.note(item, update, met_in(known.container if known else "", "r1", known))
        return update.audience


def make(desk: Desk, post: Post, **changes: Any) -> Work:
    form, recall = changes.pop("form", InteractFormat()), changes.pop("recall", lambda _: None)
    tally = desk.tally
    desk.begin(
        **{
            "dry_run": desk.work.dry_run,
            "limits": Limits(max_deletes=500, max_delete_ratio=1.0),
            "max_widened": 100,
            "audience_max_age_s": AGE_S,
            **changes,
        }
    )
    desk.tally = tally
    accepted = Accepted(
        desk.documents,
        form,
        ContainerNames(desk.books.pending_audiences, desk.books.people, {}),
        recall=recall,
        stamp=lambda standing: Stamp(run=desk.run, ledger=standing.id),
        rules=lambda source: f"rules of {source}".encode(),
    )
    return Work(desk, post, accepted)


def sight(audience: Audience | None, *, public: bool = False, lost_at: float | None = None) -> Sight:
    return Sight(scope=Scope(key="r1", name="r1"), audience=audience, public=public, lost_at=lost_at)


async def read(one: Work, audience: Audience | None, source: Any = None, **more: Any) -> None:
    await one.read([(source or Rooms(), [sight(audience, **more)])])


def known_of(desk: Desk, name: str) -> Known:
    return desk.documents.known([name])[name]


def listed(name: str, audience: Audience | None, **changes: Any) -> Listed:
    return make_listed(id=name, native=name[3:], name=name, audience=audience, **changes)


def held(desk: Desk) -> dict[str, str]:
    return {one.id: one.held_why for one in desk.documents.held()}


EVERY = {"ix-r1", "ix-f1", "ix-f2", "ix-f3"}
EXCHANGED = {**dict.fromkeys(EVERY, OTHER), "ix-r1": NOBODY}
"""What others altogether find at once; a room is not asked for by itself, and waits until it is met."""
