"""
A page that is as it was need not be planned again, and nothing that a run must see stays unseen for it.

Each happening is played twice, by a connector that recognises pages and by one that plans every row: intranet and ledger
come out the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connector.crawl.items import Items
from connector.crawl.known_containers import KnownContainers
from connector.crawl.walk import Walk
from connector.ledger.orders import OrderKind
from connector.plan.report import Report
from connector.ports.source import Same
from connector.sandbox.faults import RESET_AFTER, Status
from connector.sandbox.interact_rows import Refusal
from connector.sandbox.interaxo import InteraxoWorld
from connector.sources.interaxo import recognition
from tests import ledgers
from tests.combinations import every_other
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import (
    ALL,
    ONLY_FEW,
    PUSH,
    audience_of,
    authorities_of,
    break_once,
    children_of,
    copy_ledger,
    lists,
    restore_ledger,
    when,
)
from tests.rules.hiding import hide, order

Happening = Callable[[Neighbourhood, Small], Awaitable[object] | object]
LEDGER = """
    SELECT id, state, container, room, path, version, fingerprint, audience, missing_run IS NULL, held_why, also, title
    FROM documents ORDER BY id
"""


@asynccontextmanager
async def estate(folder: Path) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """Two rooms with every kind of item, whose dates are the same each time."""
    made: list[Small] = []
    moments = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=second) for second in count())

    def furnish(world: InteraxoWorld) -> None:
        world.clock = lambda: next(moments)
        made.append(furnish_small(world))

    async with neighbourhood(folder, furnish) as near:
        near.values["sources.interaxo.concurrency"] = 1
        near.values["http.backoff_max_s"] = 0.01
        near.intranet.seed_person("kari@example.com", "Kari", [ALL])
        yield near, made[0]


def recognised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were recognised, page by page."""
    rows: list[int] = []
    recognise = Walk._recognise

    def note(self: Walk, same: Same, *more: Any) -> None:
        rows.append(same.count)
        recognise(self, same, *more)

    monkeypatch.setattr(Walk, "_recognise", note)
    return rows


def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the rows that were planned."""
    ids: list[str] = []
    treat = Items.treat

    async def note(self: Items, listed: Any, *more: Any) -> Any:
        ids.append(listed.id)
        return await treat(self, listed, *more)

    monkeypatch.setattr(Items, "treat", note)
    return ids


def new_version(near: Neighbourhood, small: Small) -> None:
    near.rooms.new_version(small.report, content=b"other words")


def renamed_folder(near: Neighbourhood, small: Small) -> None:
    near.rooms.rename(small.drawings, "Drawings of the bridge")


def moved(near: Neighbourhood, small: Small) -> None:
    near.rooms.move(small.report, small.drawings)


def moved_while_it_walks(near: Neighbourhood, small: Small) -> None:
    when(near, lists(small.tunnel), lambda: near.rooms.move(small.report, small.drawings))


def removed(near: Neighbourhood, small: Small) -> None:
    near.rooms.remove(small.report)


def missing_for_once(near: Neighbourhood, small: Small) -> None:
    near.rooms.hide(small.report)


def added(near: Neighbourhood, small: Small) -> None:
    near.rooms.add_file(small.drawings, "new.pdf", content=b"x")


def folder_removed(near: Neighbourhood, small: Small) -> None:
    near.rooms.remove(small.drawings)


def room_renamed(near: Neighbourhood, small: Small) -> None:
    near.rooms.rename_room(small.bridge, name="Another bridge", slug="another-bridge")


def fewer_readers(near: Neighbourhood, small: Small) -> None:
    near.rooms.set_authorities(small.bridge, [("group", "few")])


def readers_unknown(near: Neighbourhood, small: Small) -> None:
    break_once(near, authorities_of(small.bridge), Status(500))


def author_renamed(near: Neighbourhood, small: Small) -> None:
    near.values["sources.interaxo.audience_share"] = 1.0
    for (community, person), one in list(near.rooms.people.items()):
        near.rooms.add_person(community, person, f"{one.name} Renamed", one.email, one.groups)


def refused(near: Neighbourhood, small: Small) -> None:
    new_version(near, small)
    near.intranet.switches.refuse = [Refusal(f"ix-{small.report}", code=7, message="no")]


def unanswered(near: Neighbourhood, small: Small) -> None:
    new_version(near, small)
    break_once(near, PUSH, RESET_AFTER)


def listing_broken(near: Neighbourhood, small: Small) -> None:
    break_once(near, children_of(small.drawings), Status(500))


def taken_as_new(near: Neighbourhood, small: Small) -> None:
    with near.app().ledger() as ledger:
        ledger.documents("intranet").forget_confirmation_of([f"ix-{small.report}"])


def made_anew(near: Neighbourhood, small: Small) -> None:
    with near.app().ledger() as ledger:
        ledger.documents("intranet").forget_versions([f"ix-{small.report}"])


def mapped_otherwise(near: Neighbourhood, small: Small) -> None:
    near.values["sources.interaxo.mapping.file.title"] = "{{ item.name }} (file)"


def left_out(near: Neighbourhood, small: Small) -> None:
    near.values["sources.interaxo.mapping.file.exclude"] = "{{ item.name.endswith('.pdf') }}"


async def hidden(near: Neighbourhood, small: Small) -> None:
    await hide(near, small.report)


async def hidden_and_shown(near: Neighbourhood, small: Small) -> None:
    await hide(near, small.report)
    await near.run()
    order(near, small.report, OrderKind.UNHIDE)


async def older_ledger(near: Neighbourhood, small: Small) -> None:
    copy = near.folder / "copy.db"
    copy_ledger(near, copy)
    new_version(near, small)
    await near.run()
    restore_ledger(near, copy)


async def full_run(near: Neighbourhood, small: Small) -> None:
    await near.run("full")


def emptied_intranet(near: Neighbourhood, small: Small) -> None:
    near.intranet.documents.clear()


def lost_one(near: Neighbourhood, small: Small) -> None:
    near.intranet.documents.pop(f"ix-{small.report}")


HAPPENINGS: Sequence[Happening] = [
    new_version,
    renamed_folder,
    moved,
    moved_while_it_walks,
    removed,
    missing_for_once,
    added,
    folder_removed,
    room_renamed,
    fewer_readers,
    readers_unknown,
    author_renamed,
    refused,
    unanswered,
    listing_broken,
    taken_as_new,
    made_anew,
    mapped_otherwise,
    left_out,
    hidden,
    hidden_and_shown,
    older_ledger,
    full_run,
    emptied_intranet,
    lost_one,
]


def told(report: Report) -> tuple[Any, ...]:
    return report.outcome, [one.replace(report.run_id, "RUN") for one in report.reasons], report.documents


async def played(folder: Path, happening: Happening) -> list[Any]:
    """What the intranet and the ledger have after a happening and some deltas, and what each run told."""
    outcomes: list[Any] = []
    async with estate(folder) as (near, small):
        for mode in ("full", "delta", "delta"):
            near.clock.pass_seconds(900)
            outcomes.append(told(await near.run(mode)))
        done = happening(near, small)
        if isinstance(done, Awaitable):
            await done
        for _ in range(4):
            near.clock.pass_seconds(900)
            outcomes.append(told(await near.run()))
        outcomes.append({key: row.document for key, row in sorted(near.intranet.documents.items())})
        for one in outcomes[-1].values():
            one.pop("SynchroniseState", None)
        outcomes.append(ledgers.ask(near.folder, LEDGER))
    return outcomes


@pytest.mark.parametrize("happening", every_other(HAPPENINGS), ids=lambda one: one.__name__)
async def test_what_happens_is_seen_as_by_planning_every_row(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, happening: Happening
) -> None:
    rows = recognised(monkeypatch)
    monkeypatch.setattr(recognition, "BLOCK", 2)  # so that pages as short as these are recognised in part
    quick = await played(tmp_path_factory.mktemp("quick"), happening)
    assert rows, "nothing was recognised"
    rows.clear()
    monkeypatch.setattr(KnownContainers, "marks", lambda *_: ())
    assert await played(tmp_path_factory.mktemp("slow"), happening) == quick
    assert not rows


async def test_a_delta_with_nothing_changed_plans_nothing_but_the_rooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with estate(tmp_path) as (near, small):
        near.values["sources.interaxo.content"] = True  # each read of a listing has other addresses of files
        await near.run("full")
        in_reviews = [one.id for one in near.rooms.items() if one.parent_id == small.reviews]
        ids = planned(monkeypatch)
        await near.run()
        assert set(ids) == {f"ix-{one}" for one in (small.bridge, small.tunnel, *in_reviews)}, (
            "a folder in which settings leave something out is planned"
        )
        near.rooms.rename(small.report, "renamed.pdf")
        ids.clear()
        await near.run()
        assert f"ix-{small.report}" in ids
        assert near.found() == near.expected()


async def test_of_a_long_page_only_what_stands_beside_an_edited_row_is_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with estate(tmp_path) as (near, small):
        many = [near.rooms.add_file(small.drawings, f"{number}.txt", content=b"x") for number in range(100)]
        await near.run("full")
        near.rooms.rename(many[50], "renamed.txt")
        ids = planned(monkeypatch)
        await near.run()
        beside = set(ids) & {f"ix-{one}" for one in many}
        assert f"ix-{many[50]}" in beside
        assert len(beside) <= recognition.BLOCK
        assert near.found() == near.expected()
        ids.clear()
        for _ in range(2):
            near.rooms.remove(many.pop())
            await near.run()
            near.clock.pass_seconds(900)
        assert near.found() == near.expected()


async def test_a_full_run_plans_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with estate(tmp_path) as (near, small):
        await near.run("full")
        await near.run()
        ids = planned(monkeypatch)
        await near.run("full")
        assert set(ids) == near.expected() | {f"ix-{small.superseded}"}


async def test_nothing_is_recognised_where_rights_or_comments_are_asked_for_below_rooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = recognised(monkeypatch)
    async with estate(tmp_path) as (near, small):
        near.values["sources.interaxo.permissions"] = "item"
        await near.run("full")
        await near.run()
        near.rooms.set_authorities(small.report, [("group", "few")])
        await near.run()
        assert audience_of(near, small.report) == [ONLY_FEW]
        near.values["sources.interaxo.permissions"] = "room"
        near.values["sources.interaxo.comments"] = True
        await near.run("full")
        await near.run()
        assert not rows


async def test_a_folder_whose_last_page_is_gone_misses_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = recognised(monkeypatch)
    async with estate(tmp_path) as (near, small):
        near.rooms.quirks.page_cap = 4
        many = [near.rooms.add_file(small.drawings, f"{number}.txt", content=b"x") for number in range(10)]
        await near.run("full")
        await near.run()
        for one in many[-3:]:
            near.rooms.remove(one)
        rows.clear()
        await near.run()
        assert rows, "the pages before it are as they were"
        assert near.found() == near.expected()
