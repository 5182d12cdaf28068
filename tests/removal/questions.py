"""A source that is asked for suspects, and what a run makes of its answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from connector.document.document import Listed
from connector.plan.options import Watch
from connector.ports.source import Verdict
from connector.removal.suspects import Ground, Suspects
from tests.builders import make_listed
from tests.desk import RULES, SOURCE, Desk
from tests.ledger_pushes import UNTOLD


class Asked:
    """A source that is asked for suspects; answers by native id, 404 where nothing else is said."""

    name = SOURCE
    left_out_rules = RULES

    def __init__(self, **answers: Verdict | Exception) -> None:
        self.answers = answers
        self.questions: list[tuple[str, str, str, frozenset[str]]] = []

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        self.questions.append((native, scope_key, ancestor, frozenset(elsewhere)))
        answer = self.answers.get(native, Verdict(gone=True))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Taker:
    """What a crawl is told to push."""

    def __init__(self, *complete: str) -> None:
        self.complete = list(complete)
        self.taken: list[tuple[str, str, str, bool]] = []
        self.known: list[Any] = []

    async def take(self, listed: Listed, *, room: str, container: str, known: Any, present: bool) -> None:
        self.taken.append((listed.id, room, container, present))
        self.known.append(known)


def examine(
    desk: Desk,
    source: Asked,
    crawl: Taker | None = None,
    *,
    walked: Sequence[str] = ("r1", "r2"),
    **more: Any,
) -> Suspects:
    if "stopping" in more:
        desk.begin(desk.work.mode, watch=Watch(stopping=more["stopping"]))
    taker = crawl or Taker("r1", "r2")
    ground = Ground(
        scopes=frozenset(walked), complete=frozenset(taker.complete), unlisted=more.get("unlisted", ())
    )
    run = msgspec.structs.replace(desk.work, number=desk.run)
    return Suspects(run, source, desk.documents, ground, taker.take, desk.tally)  # type: ignore[arg-type]


def miss(desk: Desk, *names: str, run: int = Desk.run, why: str = "absent", witness: bool = True) -> None:
    desk.documents.miss(names, run=run, why=why, witness=witness)


def listed_again(identifier: str, container: str | None, **changes: Any) -> Verdict:
    verdict = {key: changes.pop(key) for key in ("room", "names_repeat") if key in changes}
    return Verdict(listed=make_listed(id=identifier, **changes), container=container, **verdict)


def listed_by_run(desk: Desk, run: int) -> None:
    """Every room and folder, by a later run."""
    desk.run = run
    desk.begin()
    desk.rooms.complete(SOURCE, ["r1", "r2"], run=run)
    desk.documents.see_containers(
        [
            {"id": i, "source": SOURCE, "room": "r1", "run": run, "proven": b"", "unsteady": False, **UNTOLD}
            for i in ("ix-r1", "ix-d1", "ix-d2", "ix-r2")
        ]
    )
