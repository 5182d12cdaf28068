"""The walk of one run by several services: what one finds that walks alone, with as many calls as one has."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.app import App
from connector.configuration.tables import OcrPart, TextPart
from connector.ledger.orders import Order, OrderKind
from connector.ledger.shards import SeatKey
from connector.plan.report import Report
from connector.ports.engine import Seat
from connector.runs import seat, sharing
from connector.runs.parts import Opened
from connector.runs.walk_messages import writing_of
from connector.sandbox.faults import Call, Fault, Latency
from tests.combinations import every_other
from tests.engine.table import ROOMS, Table, as_seats_are_taken, nothing_is_left, slowly, table, when
from tests.estates import EVERYONE
from tests.ledger.cluster import Cluster
from tests.neighbourhood import Neighbourhood, neighbourhood

pytestmark = pytest.mark.usefixtures("looking_often")


SLOW = Latency(0.03)


def told(report: Report) -> dict[str, Any]:
    """A report without what is another one each time."""
    said = report.as_json()
    for key in ("run_id", "started_at", "finished_at", "duration_seconds", "push", "session"):
        del said[key]
    for source in said["sources"].values():
        del source["requests"]
    return said


async def test_several_find_what_one_finds_and_never_more_calls_at_once(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, _):
        near = one.near
        await near.run("full")
        alone = await near.run("full")
        busiest = Busiest(near)
        shared = await one.run("full")
        assert {seat.number for seat in one.needed} == {0, 1, 2}
        assert told(shared) == told(alone)
        assert shared.session.ended
        assert near.found() == near.expected()
        assert busiest.most <= 9
        assert one.ask("SELECT count(DISTINCT pushed_run) FROM documents") == [(1,)]
        nothing_is_left(one)


async def test_whoever_walks_rooms_for_a_run_lists_none_and_asks_for_nobody_whom_the_run_asked_for(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, _):
        near = one.near
        await near.run("full")
        near.wire.clear()
        await near.run("full")
        alone = reads(near)
        near.wire.clear()
        shared = await one.run("full")
        assert one.needed
        assert reads(near) - alone == {"token": 3}, "each signs in"
        assert not alone - reads(near)
        assert shared.sources["interaxo"].requests == sum(reads(near).values())


def reads(near: Neighbourhood) -> Counter[str]:
    """What the source was asked for since the wire was cleared."""
    return Counter(
        "token" if call.path.endswith("token") else call.path
        for call in near.wire.calls
        if call.server == "interaxo"
    )


async def test_seats_together_have_every_call_and_push_but_the_one_call_that_stays(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts: dict[int, tuple[int, int]] = {}

    def then(seat_walk: seat.SeatWalk, opened: Opened, place: SeatKey) -> None:
        parts[place.number] = opened.sources[0].concurrency, seat_walk._run.options.concurrency

    as_seats_are_taken(monkeypatch, then)
    async with table(tmp_path, cluster, services=3) as (one, _):
        await one.near.run("full")
        one.near.values |= {"sources.interaxo.concurrency": 12, "targets.intranet.concurrency": 5}
        await one.run("full")
    assert parts == {0: (4, 2), 1: (4, 2), 2: (3, 1)}


class Busiest:
    """Counts the calls that a neighbour has at once."""

    def __init__(self, near: Neighbourhood, server: str = "interaxo", path: str = "") -> None:
        self.now = self.most = 0
        self._server, self._path = server, path
        near.wire.add(Fault(match=self._is_counted, how=SLOW, times=None))

    def _is_counted(self, call: Call) -> bool:
        if call.server != self._server or self._path not in call.path:
            return False
        self.now += 1
        self.most = max(self.most, self.now)
        asyncio.get_running_loop().call_later(SLOW.seconds, self._end)
        return True

    def _end(self) -> None:
        self.now -= 1


SHARED = {
    (6, False): ("interaxo", "second"),
    (4, True): ("interaxo",),
    (3, False): ("interaxo",),
    (2, False): (),
}
"""Sources by the pushes that the target allows at once and whether the second source allows but one call."""


class OfSeveralSources(Table):
    """Seats of two sources have the same numbers."""

    def take(self, seat: Seat) -> None:
        self.tasks[self._number(seat)] = self._loop.create_task(self._sit(seat))

    def held(self, seats: Sequence[Seat]) -> set[int]:
        return {seat.number for seat in seats if not self.tasks[self._number(seat)].done()}

    def _number(self, seat: Seat) -> int:
        return 100 * (seat.source == "second") + seat.number


async def test_the_run_itself_has_its_part_of_the_calls_in_a_second(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps: list[float] = []
    wait = sharing.Sharing._wait

    async def waiting(one: sharing.Sharing, *given: Any) -> None:
        (source,) = one._sources._sources  # type: ignore[attr-defined]
        gaps.append(source.neighbour.throttle.gap_s)
        await wait(one, *given)
        gaps.append(source.neighbour.throttle.gap_s)

    monkeypatch.setattr(sharing.Sharing, "_wait", waiting)
    async with table(tmp_path, cluster, sources__interaxo__calls_per_s=300) as (one, _):
        await one.run("full")
        assert gaps == pytest.approx([3 / 300] * 2)


@pytest.mark.parametrize(("most", "alone"), every_other(SHARED))
async def test_a_target_of_several_sources_never_has_more_pushes_at_once_nor_more_exchanges_in_one_run(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, most: int, alone: bool
) -> None:
    terms, lent = sharing.Sharing._terms, list[int]()

    def made(*given: Any, **more: Any) -> Any:
        lent.append((found := terms(*given, **more)).exchanges * found.seats)
        return found

    monkeypatch.setattr(sharing.Sharing, "_terms", made)
    async with table(tmp_path, cluster, make=OfSeveralSources) as (one, _):
        near = one.near
        near.rooms.add_community("two", "Two")
        for n in range(4 * ROOMS):
            root = near.rooms.add_room("two", f"room-{n}", f"Room {n}", authorities=EVERYONE)
            near.rooms.add_file(root, "a.txt", content=b"x")
        with_another_source(near, **({"concurrency": 1} if alone else {}))
        await near.run("full")
        near.values |= {
            "targets.intranet.batch_documents": 1,
            "targets.intranet.concurrency": most,
            "safety.max_widened": 12,
        }
        busiest = Busiest(near, "interact", "addupdate")
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert {seat.source for seat in one.needed} == set(SHARED[most, alone])
        assert busiest.most <= most
        if len(lent) == 1:
            assert lent == [6], "what the run walks itself has the other half"
        elif lent:
            assert lent == [6, 6]


def with_another_source(near: Neighbourhood, **values: Any) -> None:
    """A second one, of rooms of its own."""
    first = {key: value for key, value in near.values.items() if key.startswith("sources.interaxo.")}
    near.values |= {key.replace("interaxo.", "second.", 1): value for key, value in first.items()}
    near.values |= {
        "sources.interaxo.communities": ["example-corp"],
        "sources.second.communities": ["two"],
        "sources.second.id_prefix": "iy",
        **{f"sources.second.{key}": value for key, value in values.items()},
    }


async def test_the_first_load_is_shared_and_people_met_anywhere_are_known(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        report = await one.run("full")
        assert len(one.needed) == 2
        assert report.outcome == "succeeded"
        assert report.documents.added == report.documents.live == len(one.near.expected())
        assert one.near.found() == one.near.expected()
        assert report.people.pushed == 1
        nothing_is_left(one)


async def test_who_has_other_settings_walks_nothing_and_the_run_is_whole(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, _):

        def other(number: int) -> App:
            if number == 1:
                return one.near.app()
            one.near.values["sources.interaxo.historical"] = True
            try:
                return one.near.app()
            finally:
                del one.near.values["sources.interaxo.historical"]

        one.app = other
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


async def test_what_is_hidden_while_several_walk_leaves_and_stays_out(
    tmp_path: Path,
    cluster: Cluster,
    left: list[int],
) -> None:
    async with table(tmp_path, cluster) as (one, small):
        await one.near.run("full")
        slowly(one.near)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: one.ask("SELECT 1 FROM shards WHERE state='walking'"), "it walks")
        with one.near.app().ledger() as ledger:
            ledger.orders("intranet").write(
                Order(
                    id="O1",
                    target="intranet",
                    kind=OrderKind.HIDE,
                    subject=f"ix-{small.plan}",
                    at=one.near.clock(),
                )
            )
        report = await work
        assert left[0] > 0, "they put back what was not done, and the run goes on alone"
        assert f"ix-{small.plan}" not in one.near.found()
        assert one.near.found() == one.near.expected() - {f"ix-{small.plan}"}
        assert report.outcome == "succeeded"
        nothing_is_left(one)


async def test_what_is_hidden_right_before_several_begin_to_walk_is_sent_by_none_of_them(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, hiding = sharing.Sharing.walk, list[asyncio.Task[None]]()
    async with table(tmp_path, cluster) as (one, small):
        hidden = f"ix-{small.plan}"

        def walk(self: sharing.Sharing, walks: Any) -> Any:
            with one.near.app().ledger() as ledger:
                order = Order(
                    id="O1", target="intranet", kind=OrderKind.HIDE, subject=hidden, at=one.near.clock()
                )
                ledger.orders("intranet").write(order)
            # it is looked for between two steps of the loop, before anybody could be asked to stop
            hiding.append(asyncio.create_task(self._parts.hiding.look()))
            return really(self, walks)

        monkeypatch.setattr(sharing.Sharing, "walk", walk)
        await one.run("full")
        assert hidden not in one.near.intranet.pushed_since(0)
        assert one.near.found() == one.near.expected() - {hidden}
        assert hiding[0].done()
        assert not one.needed


@pytest.mark.parametrize(
    ("mode", "values", "wanted"),
    [
        ("delta", {}, {}),
        ("full", {"sources.interaxo.permissions": "folder"}, {}),
        ("full", {}, {"dry_run": True}),
        ("full", {"targets.intranet.concurrency": 1}, {}),
        ("full", {"sources.interaxo.concurrency": 2}, {}),
        ("full", {"sources.interaxo.rooms": ["tunnel"]}, {}),
    ],
)
async def test_what_is_not_shared(
    tmp_path: Path,
    cluster: Cluster,
    mode: str,
    values: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        one.near.values |= values
        await one.run(mode, **wanted)
        assert not one.needed


async def test_a_room_that_holds_nearly_everything_is_walked_with_all_calls(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, small):
        await one.run("full")
        assert not one.needed, "nobody knows how large they are, and there are few"
        for n in range(70):
            one.near.rooms.add_file(small.tunnel, f"{n}.txt", content=b"x")
        await one.run("full")
        assert one.needed, "as far as was known"
        one.needed.clear()
        await one.run("full")
        assert not one.needed


async def test_rooms_that_others_walk_tell_of_the_other_sources(tmp_path: Path, cluster: Cluster) -> None:
    async with table(tmp_path, cluster) as (one, _):
        near = one.near
        near.rooms.add_community("two", "Two")
        root = near.rooms.add_room("two", "room", "Room", authorities=[("user", "kari@example.com")])
        near.rooms.add_file(root, "a.txt", content=b"x")
        with_another_source(near, concurrency=1)
        for _ in range(2):
            await one.run("full")
        assert one.needed
        rooms = one.ask("SELECT id FROM documents WHERE container='' AND source='interaxo'")
        assert len(rooms) > ROOMS
        for (room,) in rooms:
            state = msgspec.json.decode(near.intranet.documents[room].state or "")
            assert state.get("others") == {"second": 2}


async def test_who_would_write_to_another_intranet_walks_nothing(tmp_path: Path, cluster: Cluster) -> None:
    """What its session lacks goes with its end."""
    async with table(tmp_path, cluster) as (one, _), neighbourhood(tmp_path / "other") as elsewhere:
        await one.near.run("full")
        before = len(one.near.expected())
        there = {name: value for name, value in elsewhere.values.items() if name.startswith("targets.")}
        one.app = lambda number: one.near.app() if number else another(one.near, there)
        report = await one.run("full")
        assert one.needed
        assert not elsewhere.found()
        assert len(one.near.found()) == before
        assert one.near.found() == one.near.expected()
        assert report.outcome == "succeeded"


async def test_who_has_another_release_walks_nothing_and_tells_nothing_that_this_one_cannot_read(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, left: list[int]
) -> None:
    """Machines are upgraded one after the other; a later release finds what this one has no code for."""
    tell = seat.SeatWalk._tell

    def of_tomorrow(seat_walk: seat.SeatWalk) -> str:
        told = msgspec.json.decode(tell(seat_walk))
        if told["items"]:
            told["tally"]["codes"].append("of-tomorrow")
        return msgspec.json.encode(told).decode()

    monkeypatch.setattr(sharing, "release", lambda: "99.0.0")
    monkeypatch.setattr(seat.SeatWalk, "_tell", of_tomorrow)
    async with table(tmp_path, cluster) as (one, _):
        report = await one.run("full")
        assert one.needed
        assert left == [ROOMS + 2], "it walks all of them by itself"
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


@pytest.mark.parametrize("more", [{"options": "of tomorrow"}, {"share": None}], ids=str)
async def test_who_cannot_even_read_what_a_later_release_asks_for_costs_its_run_nothing(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, left: list[int], more: dict[str, Any]
) -> None:
    write = sharing.write

    def of_tomorrow(terms: Any) -> str:
        return msgspec.json.encode(
            {**msgspec.json.decode(write(terms)), **more, "release": "99.0.0"}
        ).decode()

    monkeypatch.setattr(sharing, "write", of_tomorrow)
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        report = await one.run("full")
        assert {seat.number for seat in one.needed} == {0, 1}
        assert left == [ROOMS + 2], "it walks all of them by itself"
        assert report.outcome == "succeeded", report.reasons
        nothing_is_left(one)


async def test_who_would_read_files_by_other_settings_walks_nothing(
    tmp_path: Path, cluster: Cluster, left: list[int]
) -> None:
    """Its documents would lose their words, or have others, until another service walks their room."""
    async with table(tmp_path, cluster, sources__interaxo__content=True) as (one, _):
        await one.near.run("full")
        one.app = lambda _: another(one.near, {"text.max_file_bytes": 1})
        report = await one.run("full")
        assert one.needed
        assert left == [ROOMS + 2], "it walks all of them by itself"
        assert report.outcome == "succeeded", report.reasons


def test_every_setting_that_decides_which_text_a_file_has_tells_walkers_apart() -> None:
    parts = [
        TextPart(),
        TextPart(max_file_bytes=7),
        TextPart(ocr=OcrPart(languages=["nor"])),
        TextPart(ocr=OcrPart(languages=["nor", "eng"])),
        TextPart(ocr=OcrPart(max_pages=3)),
    ]
    assert len({one.files_by for one in parts}) == len(parts)
    assert TextPart(workers=9, memory_mb=900).files_by == TextPart().files_by, (
        "machines may differ in what they can do"
    )


@pytest.mark.parametrize("permissions", ["folder", "item"])
async def test_who_would_ask_below_rooms_who_may_see_what_walks_nothing(
    tmp_path: Path, cluster: Cluster, permissions: str
) -> None:
    """What the run shows to whoever is in the room would be found by others as well, until another service walks it."""
    async with table(tmp_path, cluster) as (one, small):
        near = one.near
        folder = near.rooms.add_folder(small.tunnel, "Closed")
        within = near.rooms.add_file(folder, "within.txt", content=b"x")
        near.rooms.set_authorities(folder, [("group", "all"), ("group", "few")])
        one.app = lambda _: another(near, {"sources.interaxo.permissions": permissions})
        report = await one.run("full")
        assert one.needed
        assert report.outcome == "succeeded"
        for item in (folder, within):
            shown = near.intranet.documents[f"ix-{item}"].document["ExternalIdentities"]
            assert shown == ["interaxo:group:example-corp/all"]


async def test_who_writes_documents_by_other_settings_is_told_apart(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near:
        written: list[bytes] = []
        for values in (
            {},
            {},
            {"targets.intranet.app_id": "77"},
            {"targets.intranet.sessions": False},
            {"text.encoding": "base64"},
            {"text.max_text_bytes": 77_000},
        ):
            async with another(near, values).target("intranet") as target:
                written.append(writing_of(target))
        assert len(set(written)) == len(written) - 1
        assert written[0] == written[1]


def another(near: Neighbourhood, values: dict[str, Any]) -> App:
    """The connector by other settings."""
    before, near.values = near.values, {**near.values, **values}
    try:
        return near.app()
    finally:
        near.values = before
