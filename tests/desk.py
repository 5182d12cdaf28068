"""A ledger in memory with confirmed documents, a run, and a sheet to write into: what single parts of a run start from."""

from __future__ import annotations

import json
from typing import Any

from connector.document.audience import Audience
from connector.document.ids import child_path
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger
from connector.plan.context import Run, open_books
from connector.plan.item import Mode
from connector.plan.options import Options
from connector.plan.report import Report, fold
from connector.plan.tally import Tally
from connector.push.document_push import DocumentPush
from connector.push.hidden_barrier import HiddenBarrier
from connector.push.recording import Recording
from connector.push.target_hold import TargetHold
from connector.target.format import InteractFormat
from tests.builders import make_listed, make_rendered
from tests.ledger_pushes import Pushed

NOW = 1_800_000_000.0
SOURCE = "interaxo"
RULES = b"rules"


class Desk:
    """Rooms and documents of one source, as earlier runs confirmed them; this run is number 5."""

    run = 5

    def __init__(self, url: str = "sqlite://") -> None:
        self.ledger = Ledger(url, now=NOW)
        self.documents = self.ledger.documents("intranet")
        self.rooms = self.ledger.rooms("intranet")
        self.paths: dict[str, str] = {"": "/"}
        self.books = open_books(self.ledger, "intranet")
        self.tally = Tally()
        self.begin()

    def say(self, sql: str) -> None:
        """Write into the ledger what no part of it writes."""
        database = self.ledger._database
        assert isinstance(database, Sqlite)
        with database.at_once():
            database.driver.execute(sql)

    def begin(self, mode: str = "delta", **changes: Any) -> Run:
        """Begin the run anew, with an empty sheet; `changes` of its options, and of the run itself."""
        of_run = {name: changes.pop(name) for name in list(changes) if name in Run.__struct_fields__}
        self.tally = Tally()
        self.work = Run(
            **{
                "number": self.run,
                "id": "R5",
                "target": "intranet",
                "ledger": self.ledger.id,
                "options": Options(mode=Mode(mode), **changes),
                "started": NOW,
                "before": NOW,
                "now": lambda: NOW,
                "still_ours": lambda: None,
                **of_run,
            }
        )
        return self.work

    def held(self) -> dict[str, str]:
        """Why each document is on hold, by id; this run held all of them."""
        held = self.documents.held()
        assert {self.fact(one.id, "held_run") for one in held} <= {self.run}
        return {one.id: one.held_why for one in held}

    @property
    def report(self) -> Report:
        """What the sheet says now."""
        work = self.work
        return fold(
            Report(run_id=work.id, mode=work.mode, target="intranet", started=NOW, dry_run=work.dry_run),
            self.tally,
        )

    def add_room(self, key: str, *, run: int | None = None) -> None:
        """A room whose document is `ix-<key>`, listed to its end in a run (this one when none is named)."""
        run = self.run if run is None else run
        self.rooms.decide(SOURCE, key, name=key, included=True, public=False, rules=b"r" * 16)
        self.rooms.complete(SOURCE, [key], run=run)
        self.add(f"ix-{key}", container="", room=key)

    def add(
        self, name: str, container: str, *, room: str = "r1", source: str = SOURCE, **changes: Any
    ) -> None:
        """A document that run 1 confirmed; `changes` of the rendered one, `listed` of the listed one."""
        self.paths[name] = child_path(self.paths[container], name)
        listed = {"id": name, "native": name.removeprefix("ix-"), "name": name, **changes.pop("listed", {})}
        rules = changes.pop("rules", RULES)
        push = Pushed(
            source=source,
            listed=make_listed(**listed),
            rendered=make_rendered(**{"id": name, "title": name, "path": self.paths[name], **changes}),
            room=room,
            container=container,
            rules=rules,
        )
        self.documents.confirm_pushes([push], run=1, session_run=0, backfill=0, now=NOW - 9, settle_s=120.0)

    def standing(self, name: str) -> Standing:
        """One document."""
        return self.documents.standing([name])[name]

    def fact(self, name: str, field: str) -> Any:
        """One column of a document's row; a removed one has at most its state."""
        facts = self.documents.facts(name)
        if facts is None:
            assert field == "state"
            return "removed"
        return facts[field]

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


def intended(desk: Desk) -> list[tuple[str, int, float, list[str]]]:
    """What is about to be sent and not settled: what, in which run, when, and the ids."""
    database = desk.ledger._database
    assert isinstance(database, Sqlite)
    rows = database.driver.execute("SELECT kind, run, at, documents FROM intents").fetchall()
    return [
        (kind, run, at, [one["id"] for one in json.loads(documents)]) for kind, run, at, documents in rows
    ]


def removals(desk: Desk) -> list[tuple[str, int, str, str]]:
    """What was removed, by id: in which run, why, and the reason's code."""
    database = desk.ledger._database
    assert isinstance(database, Sqlite)
    rows = database.driver.execute("SELECT id, run, why, code FROM removals ORDER BY id").fetchall()
    return [(one, run, why, code) for one, run, why, code in rows]


class Post:
    """An outbox that notes what it is given; what is pushed counts as accepted at once, unless it is told to be silent."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.hidden_barrier = HiddenBarrier(desk.work, desk.books)
        self.target_hold = TargetHold(desk.work, desk.books)
        self.pushes: list[DocumentPush] = []
        self.recording = Recording(desk.work, desk.books, InteractFormat(), None)
        self.silent = False
        self.flushed = 0

    @property
    def unanswered(self) -> int:
        return len(self.recording.unheard)

    async def add(self, push: DocumentPush) -> None:
        self.pushes.append(push)

    async def flush(self) -> None:
        self.flushed += 1
        if self.silent:
            self.recording.unheard.update(push.rendered.id for push in self.pushes)
            return
        for push in self.pushes:
            self.desk.documents.confirm_pushes(
                [push], run=5, session_run=0, backfill=0, now=NOW, settle_s=120.0
            )

    @property
    def sent(self) -> dict[str, Audience]:
        """What was pushed last, by id."""
        return {push.rendered.id: push.rendered.audience for push in self.pushes}
