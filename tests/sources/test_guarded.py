"""A package's source that fails by mistakes of its own: they cost it alone, in words; nothing is removed for them, and nobody keeps what he lost."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.commands.inspection import inspect
from connector.conformance.example.source import Notes
from connector.conformance.example.world import NotesWorld
from connector.document.audience import Audience
from connector.document.document import Container, Document, Facet, Listed, Scope
from connector.errors import LedgerLocked, ListingIncomplete, RecordGone, RecordInvalid, SourceUnavailable
from connector.ports.source import FoundScope, Marked, Nested, Page, Peopled, PersonRead, Telling, Verdict
from connector.sources import packages
from connector.sources.guarded import guard
from tests.combinations import every_other
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import FEW, small_world

BUG = "notes-connector 1.2 has a bug"
READER = "anna@example.com"


class Distribution:
    name, version = "notes-connector", "1.2"


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small source of the manual comes with a package."""
    point = EntryPoint("notes", "connector.conformance.example.source:NOTES", packages.GROUP)
    vars(point)["dist"] = Distribution()
    monkeypatch.setattr(
        packages, "entry_points", lambda *, group, name: [point] if name == point.name else []
    )


def notes_beside(near: Neighbourhood) -> NotesWorld:
    """Three notes beside the rooms."""
    world = NotesWorld(near.folder)
    near.values |= {f"sources.notes.{key}": value for key, value in world.table.items()}
    near.intranet.seed_person(READER, READER, world.identities[READER])
    for word in ("anchovies", "barnacles", "cuttlefish"):
        world.add(word)
    world.publish()
    return world


def fail(*_: Any, **__: Any) -> Any:
    raise KeyError("colour")


async def fail_later(*_: Any, **__: Any) -> Any:
    raise KeyError("colour")


async def pages_that_fail(self: Notes, container: Any, *, proven: Any) -> Any:
    yield Page(rows=[self._listed(next(iter(self._notes.values())))])
    raise KeyError("colour")


async def pages_with_a_strange_id(self: Notes, container: Any, *, proven: Any) -> Any:
    rows = [self._listed(note) for note in self._notes.values()]
    yield Page(rows=[msgspec.structs.replace(rows[0], id="ix-1"), *rows[1:]], proof=b"whole")


async def audiences_that_fail(self: Notes, *_: Any) -> Any:
    yield []
    raise KeyError("colour")


async def gone(*_: Any) -> Any:
    raise RecordGone("404")


async def ended(*_: Any) -> Any:
    sys.exit("enough")


async def nothing(*_: Any, **__: Any) -> Any:
    return None


async def pages_for_everybody(self: Notes, container: Any, *, proven: Any) -> Any:
    rows = [self._listed(note) for note in self._notes.values()]
    public = Audience(("notes:group:club/all",), public=True)
    yield Page(rows=[msgspec.structs.replace(row, audience=public) for row in rows], proof=b"whole")


FAULTS: dict[str, tuple[str, Any]] = {
    "it cannot be made": ("__init__", fail),
    "open": ("open", fail_later),
    "a number of calls that is none": ("concurrency", 0),
    "scopes that are none": ("scopes", nothing),
    "scope_id": ("scope_id", fail),
    "audience": ("audience", fail_later),
    "audiences": ("audiences", audiences_that_fail),
    "top": ("top", fail_later),
    "children": ("children", pages_that_fail),
    "another source's id": ("children", pages_with_a_strange_id),
    "what is for everybody": ("children", pages_for_everybody),
    "document": ("document", fail_later),
    "the end of the program": ("document", ended),
    "ask": ("ask", fail_later),
    "an error of other questions": ("ask", gone),
    "carriers": ("carriers", fail_later),
    "traffic": ("traffic", fail),
}
UNTOLD = {"carriers", "traffic"}
"""What no outcome depends on: the log tells of it."""
LISTED_WHOLE = UNTOLD | {"audience", "document", "the end of the program"}
"""What is really gone may go."""


@pytest.mark.parametrize("fault", every_other(FAULTS))
async def test_a_mistake_of_a_package_costs_its_own_source_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        world = notes_beside(near)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.intranet.can_see("kari@example.com", f"ix-{small.plan}")
        notes = {one for one in near.intranet.documents if one.startswith("nt-")}
        assert len(notes) == 3

        with monkeypatch.context() as broken:
            broken.setattr(Notes, *FAULTS[fault])
            near.rooms.set_authorities(small.bridge, FEW)
            near.rooms.rename(small.plan, "plan-2.pdf")
            world.rename("note-0-anchovies", "anemones")
            world.remove("note-1-barnacles")
            world.publish()
            report = await near.run("full")
            told = [*report.reasons, *quarantined(near)]
            if fault not in UNTOLD:
                assert report.outcome in {"withheld", "quarantined"}, report.reasons
                assert any(BUG in words for words in told), told
            assert not near.intranet.can_see("kari@example.com", f"ix-{small.plan}")
            assert near.document(small.plan)["Title"] == "plan-2.pdf"
            assert not [one for one in near.intranet.documents.values() if one.document["IsPublic"]]
            going = {"nt-note-1-barnacles"} if fault in LISTED_WHOLE else set()
            assert notes - going <= set(near.intranet.documents)
            assert "sources" in await inspect(near.app(), now=near.clock())

        near.clock.pass_seconds(100_000)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.intranet.documents["nt-note-0-anchovies"].document["Title"] == "The anemones"
        assert set(near.intranet.documents) & notes == notes - {"nt-note-1-barnacles"}


def quarantined(near: Neighbourhood) -> list[str]:
    with near.app().ledger() as ledger:
        return [one.told for one in ledger.quarantine("intranet").parked()]


# -- what stands between, by itself ------------------------------------------------------------------


class Everything:
    """A source that can do more than most."""

    concurrency, address, side_by_side = 1, "file: here", False
    mapping_hash = left_out_rules = b"hash"
    unread: dict[str, str] = {}  # noqa: RUF012
    share = 0.5

    def __init__(self, answer: Any = None) -> None:
        self._answer = answer

    async def people(self, keys: list[str]) -> Any:
        return self._answer

    def people_met(self) -> set[str]:
        raise KeyError("colour")

    def renew_people(self) -> None:
        raise KeyError("colour")

    async def document(self, listed: Listed) -> Any:
        return self._answer

    async def ask(self, *_: Any) -> Any:
        return self._answer

    async def scopes(self) -> Any:
        return self._answer

    async def children(self, container: Container, *, proven: Any) -> Any:
        yield self._answer

    def exchanges(self) -> Any:
        raise KeyError("colour")

    async def put_it_off(self) -> None:
        raise LedgerLocked("the ledger is locked")


def guarded(answer: Any = None) -> Any:
    return guard(Everything(answer), "birds", "birds 0.1", ("bd",))


def test_what_a_source_can_do_besides_it_can_still_do() -> None:
    assert isinstance(guarded(), Peopled)
    assert isinstance(guarded(), Telling)
    assert not isinstance(guarded(), Nested)
    assert not isinstance(guarded(), Marked)
    assert guarded().share == 0.5


async def test_whoever_is_not_told_of_is_missing_and_auditors_are_told_no_lie() -> None:
    assert guarded().people_met() == set()
    assert await guarded({"key": "anna"}).people(["anna"]) == []
    assert await guarded([{"key": "anna"}]).people(["anna"]) == []
    anna = PersonRead(key="anna", email="anna@example.com")
    assert await guarded([anna]).people(["anna"]) == [anna]
    assert await guarded([msgspec.structs.replace(anna, email=None)]).people(["anna"]) == []
    for ask in (guarded().exchanges, guarded().renew_people):
        with pytest.raises(SourceUnavailable, match=r"birds 0\.1 has a bug"):
            ask()


@pytest.mark.parametrize(
    "found",
    [
        [FoundScope(scope=Scope(key="sea", name="Sea"), included=True, public=False, rules="all")],  # type: ignore[arg-type]
        [FoundScope(scope=Scope(key=1, name="Sea"), included=True, public=False, rules=b"")],  # type: ignore[arg-type]
        2 * [FoundScope(scope=Scope(key="sea", name="Sea"), included=True, public=False, rules=b"")],
    ],
    ids=["rules", "key", "twice"],
)
async def test_scopes_that_are_none_are_read_by_nobody(found: list[FoundScope]) -> None:
    with pytest.raises(SourceUnavailable, match=r"birds 0\.1 has a bug: scopes"):
        await guarded(found).scopes()


async def test_trouble_of_the_ledger_is_no_mistake_of_a_source() -> None:
    with pytest.raises(LedgerLocked):
        await guarded().put_it_off()


SEA = Container(id="sea", native="sea", scope=Scope(key="sea", name="Sea"), path="/")
ROW = Listed(id="bd-1", native="1", kind="bird", name="Gull", version=b"1", audience=None)
BIRD = Document(
    id="bd-1", type_name="Bird", title="Gull", url="https://birds.example.com/1", audience=Audience(), path="/bd-1/"
)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"id": "bd-2"}, {"path": "/"}, {"title": None}, {"text": b"bytes"}, {"modified": "today"}, {"audience": ["all"]},
     {"facets": (Facet("Colour", ["red"]),)}, {"facets": (Facet(None, "red"),)}, {"crumbs": ("Sea",)}, {"best_bets": ("gull", 1)}],  # type: ignore[arg-type]
    ids=str,
)  # fmt: skip
async def test_a_document_that_is_none_waits_by_itself(changes: dict[str, Any]) -> None:
    assert await guarded(BIRD).document(ROW) == BIRD
    with pytest.raises(RecordInvalid, match=r"birds 0\.1 has a bug: document"):
        await guarded(msgspec.structs.replace(BIRD, **changes)).document(ROW)


@pytest.mark.parametrize(
    "changes",
    [{"id": "ix-1"}, {"id": "bd-Ä"}, {"id": "bd-" + "1" * 43}, {"id": 1}, {"native": 1}, {"version": "1"}, {"audience": ("all",)},
     {"audience": Audience(("all",), public=True)}],
    ids=str,
)  # fmt: skip
async def test_a_row_that_is_none_costs_itself_and_the_end_of_its_listing(changes: dict[str, Any]) -> None:
    odd = msgspec.structs.replace(ROW, **changes)
    seen: list[Page] = []

    async def read() -> None:
        async for page in guarded(Page(rows=[odd, ROW], proof=b"whole")).children(SEA, proven=None):
            seen.append(page)

    with pytest.raises(ListingIncomplete, match=r"birds 0\.1 has a bug: children"):
        await read()
    assert [row for page in seen for row in page.rows] == [ROW]
    with pytest.raises(SourceUnavailable, match="has a bug: ask"):
        await guarded(Verdict(listed=odd)).ask("1", "birds", "birds", ())
