"""
Rooms of one run that several services walk, as real processes: `make cluster` kills and freezes them at length.

What one process can show stands in `test_sharing`, `test_given_up` and `test_sent_in_vain`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.sandbox.faults import Call, Fault, Latency
from tests.engine.crew import Crew, Place, is_as_expected, until
from tests.ledger.cluster import Cluster

LONG_S = 180.0
"""No measure: a machine may be busy."""
ROOMS, FILES = 8, 6
CALLS = 9
SLOW_S = 0.04
long = pytest.mark.skipif("CONNECTOR_CLUSTER" not in os.environ, reason="long: make cluster")


def furnish(place: Place) -> None:
    """More rooms with a few files each."""
    for n in range(ROOMS):
        room = place.rooms.add_room("example-corp", f"more-{n}", f"More {n}", authorities=[("group", "all")])
        folder = place.rooms.add_folder(room, "Folder")
        for m in range(FILES):
            place.rooms.add_file(folder, f"{n}-{m}.txt", content=b"x")


def alter(place: Place, n: int) -> None:
    """Something to push and something to remove in most rooms."""
    place.rooms.rename(place.small.drawings, f"Plans {n}")
    files = [one for one in place.rooms.items() if one.name.endswith(".txt") and "-" in one.name]
    for at, one in enumerate(files):
        if at % 7 == n % 7:
            place.rooms.rename(one.id, f"{n} {one.name}")
    if n % 3 == 0:  # more within a day would be too much for the brake
        place.rooms.remove(files[n % len(files)].id)
    place.rooms.add_file(place.small.tunnel, f"new-{n}.txt", content=b"x")


class Busiest:
    """Counts the calls that a source has at once, in a slow source."""

    def __init__(self, place: Place) -> None:
        self.now = self.most = 0
        place.wire.add(Fault(match=self._is_read, how=Latency(SLOW_S), times=None))

    def _is_read(self, call: Call) -> bool:
        if call.server != "interaxo":
            return False
        self.now += 1
        self.most = max(self.most, self.now)
        asyncio.get_running_loop().call_later(SLOW_S, self._end)
        return True

    def _end(self) -> None:
        self.now -= 1


@contextmanager
def crew_of(cluster: Cluster, folder: Path, services: int) -> Iterator[tuple[Crew, Place, Busiest]]:
    """So many services with one target, loaded; its source is slow."""
    crew = Crew(
        folder,
        cluster.new_database(),
        1,
        tick_s=86_400,
        beats=(0.5, 7.0),
        sources__st0__concurrency=CALLS,
        targets__t0__concurrency=4,
        http__settle_s=1,
    )
    place = crew.places["t0"]
    furnish(place)
    with crew.standing():
        for _ in range(services):
            crew.start()
        until(lambda: len(crew.working()) == services, LONG_S, "all are members")
        until(lambda: crew.done("t0"), LONG_S, "everything is loaded")
        full(crew)
        yield crew, place, Busiest(place)


def last_report(crew: Crew) -> dict[str, Any]:
    """Of the newest run."""
    ((text,),) = crew.ask("SELECT report FROM runs ORDER BY number DESC LIMIT 1")
    return dict(msgspec.json.decode(text))


def full(crew: Crew) -> dict[str, Any]:
    """Do a full run, and give its report."""
    before = len(crew.done("t0"))
    crew.ask_for("full", "t0")
    until(lambda: len(crew.done("t0")) > before, LONG_S, "a full run")
    return last_report(crew)


def test_rooms_of_one_run_are_walked_by_every_service(cluster: Cluster, tmp_path: Path) -> None:
    """Of one that a service is asked for, and of those that somebody types; services are started once for all, which takes longest."""
    with crew_of(cluster, tmp_path, 2) as (crew, place, busiest):
        report = full(crew)
        is_as_expected(place)
        assert report["session"]["ended"]
        assert "walk.shared" in crew.logs()
        is_walked_by_all(crew, report)

        for n, words in enumerate((["sync", "--mode", "full"], ["backfill"]), start=1):
            place.do(lambda n=n: alter(place, n))  # nothing is removed: a backfill removes nothing
            report = crew.type(*words)
            is_as_expected(place)
            is_walked_by_all(crew, report)
            assert not crew.ask("SELECT 1 FROM seats")
        assert busiest.most <= CALLS
        assert '.bug"' not in crew.logs()


def is_walked_by_all(crew: Crew, report: dict[str, Any]) -> None:
    """The run succeeded, and both services had a seat in it."""
    assert report["outcome"] == "succeeded"
    seats = [one for one in crew.work() if one[0].startswith(f"walk/t0/{report['run_id']}/")]
    assert [state for _, state, _ in seats] == ["SUCCESS"] * 2
    assert {who for _, _, who in seats} == set(crew.working())


def killing(crew: Crew, number: int, *, coordinator: bool, killed: list[int]) -> Callable[[Call], bool]:
    """At one call of a run: whoever has its lease dies, or somebody who only walks rooms for it."""

    def kill(call: Call) -> bool:
        if killed or call.number < number:
            return False
        holder = crew.holder("t0")
        if not holder:
            return False
        others = [one.pid for one in crew.processes if one.poll() is None and one.pid != holder]
        killed.append(holder if coordinator else others[0])
        os.kill(killed[0], signal.SIGKILL)
        return True

    return kill


@long
@pytest.mark.parametrize("coordinator", [True, False], ids=["coordinator", "walker"])
def test_whoever_dies_at_any_point_of_a_shared_run_nothing_is_lost(
    cluster: Cluster,
    tmp_path: Path,
    coordinator: bool,
) -> None:
    with crew_of(cluster, tmp_path, 3) as (crew, place, busiest):
        place.do(lambda: alter(place, 99))
        before = place.wire.calls[-1].number
        full(crew)
        calls = place.wire.calls[-1].number - before
        for n in range(10):
            time.sleep(1.0)  # what the run before was not answered may not take effect any more
            place.do(lambda n=n: alter(place, n))
            mark, killed = place.intranet.mark(), list[int]()
            number = place.wire.calls[-1].number + 2 + n * (calls - 4) // 9
            fault = place.wire.add(
                Fault(
                    match=killing(crew, number, coordinator=coordinator, killed=killed),
                    how=Latency(0.0),
                )
            )
            ended = len(crew.done("t0"))
            crew.ask_for("full", "t0")
            until(lambda k=killed, e=ended: k or len(crew.done("t0")) > e, LONG_S, f"point {n}")
            if killed:
                crew.start()
            if coordinator and killed:
                until(lambda: crew.taken("t0"), LONG_S, "it is taken over")
                crew.end_lease("t0")
            until(lambda e=ended: len(crew.done("t0")) > e, LONG_S, f"point {n}: the run ends")
            is_as_expected(place)
            assert busiest.most <= CALLS, n
            assert place.intranet.pushed_since(mark)
            place.wire.faults = [one for one in place.wire.faults if one is not fault]
            until(lambda: len(crew.working()) == 3, LONG_S, "three again")
        assert '.bug"' not in crew.logs()


@long
@pytest.mark.parametrize("who", ["coordinator", "walkers", "all", "database"])
def test_who_dies_while_others_wait_for_the_rooms_of_a_run_costs_it_nothing(
    cluster: Cluster, tmp_path: Path, who: str
) -> None:
    with crew_of(cluster, tmp_path, 3) as (crew, place, busiest):
        place.do(lambda: alter(place, 99))
        died: list[float] = []

        def die(call: Call) -> bool:
            """While the run lists its sources."""
            holder = crew.holder("t0")
            if died or call.path != "/v1/example-corp/rooms" or not holder:
                return False
            until(lambda: crew.ask("SELECT 1 FROM seats WHERE terms=''"), LONG_S, "they wait")
            if who == "database":
                cluster.restart()
            for one in crew.processes:
                if who == "all" or who == ("coordinator" if one.pid == holder else "walkers"):
                    one.kill()
                    one.wait()
            died.append(time.monotonic())
            return True

        place.wire.faults.insert(0, Fault(match=die, how=Latency(0.5)))
        ended = len(crew.done("t0"))
        crew.ask_for("full", "t0")
        until(lambda: died, LONG_S, "it lists")
        for one in crew.processes[:3]:
            if one.poll() is not None:
                crew.start()
        crew.end_lease("t0")
        until(lambda: len(crew.done("t0")) > ended, LONG_S, "the run ends")
        is_as_expected(place)
        assert last_report(crew)["outcome"] == "succeeded", "nobody has sent anything in vain"
        assert busiest.most <= CALLS
        assert not crew.ask("SELECT 1 FROM seats")
        until(lambda: len(crew.working()) == 3, LONG_S, "three again")
        assert '.bug"' not in crew.logs()


WALK = (
    "SELECT member FROM seats JOIN shards ON shards.run=seats.run AND shards.source=seats.source AND shards.seat=seats.number"
    " WHERE shards.state='walking' AND seats.state='walking'"
)


def guests_that_walk(crew: Crew) -> set[str]:
    """Who walks a room now of a run that somebody else has: under load it may be half done before a second one has its seat."""
    hosts = {who for what, state, who in crew.work() if what.startswith("run/") and state == "PENDING"}
    return {one for (one,) in crew.ask(WALK)} - hosts


@long
def test_a_frozen_walker_ends_itself_and_nothing_of_it_is_confirmed(cluster: Cluster, tmp_path: Path) -> None:
    with crew_of(cluster, tmp_path, 2) as (crew, place, _):
        frozen: list[int] = []

        def freeze(call: Call) -> bool:
            if frozen or "addupdate" not in call.path or not guests_that_walk(crew):
                return False
            holder = crew.holder("t0")
            frozen.extend(one.pid for one in crew.processes if one.poll() is None and one.pid != holder)
            os.kill(frozen[0], signal.SIGSTOP)
            return True

        place.wire.add(Fault(match=freeze, how=Latency(0.0)))
        for n in (99, 1, 2, 4, 5, 7, 8):  # on a busy machine the second one may come too late
            place.do(lambda n=n: alter(place, n))
            before = len(crew.done("t0"))
            crew.ask_for("full", "t0")
            until(lambda b=before: frozen or len(crew.done("t0")) > b, LONG_S, f"full run {n}")
            if frozen:
                break
        assert frozen, "none is frozen in the middle of the walk"
        until(lambda: len(crew.done("t0")) > before, LONG_S, "the run ends without it")
        until(
            lambda: len(crew.working()) == 1,
            LONG_S,
            "the other one gave it up, also where it had done its rooms",
        )
        is_as_expected(place)
        confirmed = crew.confirmed()
        (zombie,) = [one for one in crew.processes if one.pid == frozen[0]]
        zombie.send_signal(signal.SIGCONT)
        assert zombie.wait(LONG_S) == 75
        assert crew.confirmed() == confirmed
        is_as_expected(place)
