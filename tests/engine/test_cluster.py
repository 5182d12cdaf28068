"""
Services with one ledger are killed, frozen and cut off, and their database dies: `make cluster`.

Real processes, a real PostgreSQL, and beats as in real life where a time is asserted; elsewhere faster ones, and a lease
that the test ends for the dead.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from connector.ledger.runs import LEASE_S
from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Latency
from tests.engine.crew import Crew, is_as_expected, until
from tests.engine.fate import Cut, Line
from tests.ledger.cluster import Cluster
from tests.runs.test_kills import change, downloaded

pytestmark = pytest.mark.skipif("CONNECTOR_CLUSTER" not in os.environ, reason="long: make cluster")

KILLS = {"full": 18, "delta": 8}
"""So many points of each run, from its first call to its last."""
BEGINS = ("/docs/beginsyncsession", "/users/beginsyncsession")
MORE = 12
LONG_S = 180.0
"""No measure: a machine may be busy."""
TAKEN_OVER_S = max(60.0, LEASE_S + 10)


@contextmanager
def crew_of(
    cluster: Cluster,
    folder: Path,
    targets: int,
    *,
    services: int = 3,
    **more: Any,
) -> Iterator[Crew]:
    """So many services, with everything loaded once."""
    crew = Crew(folder, cluster.new_database(), targets, **more)
    for place in crew.places.values():
        for n in range(MORE):
            place.rooms.add_file(place.small.tunnel, f"{n}.txt", content=b"x")
    with crew.standing():
        for _ in range(services):
            crew.start()
        until(lambda: len(crew.working()) == services, LONG_S, "all are members")
        yield crew


def load(crew: Crew, names: list[str]) -> None:
    """Services begin with what fell due while there was none."""
    until(lambda: all(crew.done(name) for name in names), 120, "everything is loaded")


def rehearse(crew: Crew, name: str, mode: str) -> int:
    """Do a run that nobody disturbs; says how many calls it has."""
    place = crew.places[name]
    place.do(lambda: change(place))  # type: ignore[arg-type]  # it has the same worlds
    before, done = place.wire.calls[-1].number, len(crew.done(name))
    crew.ask_for(mode, name)
    until(lambda: len(crew.done(name)) > done, LONG_S, f"{mode} of {name}")
    is_as_expected(place)
    return place.wire.calls[-1].number - before


def killing(crew: Crew, name: str, number: int, killed: list[Call]) -> Callable[[Call], bool]:
    """At one call of a target's run: whoever has its lease dies."""

    def kill(call: Call) -> bool:
        if killed or call.number != number:
            return False
        holder = crew.holder(name)
        assert holder, "a call without a lease"
        killed.append(call)
        os.kill(holder, signal.SIGKILL)
        return True

    return kill


def comes_or_ends(crew: Crew, name: str, done: int, killed: list[Call]) -> Callable[[], bool]:
    """Whether somebody was killed, or the run ended without coming so far."""
    return lambda: bool(killed) or len(crew.done(name)) > done


def test_a_worker_killed_at_any_point_of_a_run_is_taken_over_and_nothing_is_lost(
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    with crew_of(
        cluster, tmp_path, sum(KILLS.values()) + len(KILLS), tick_s=86_400, beats=(0.5, 6.0)
    ) as crew:
        names = list(crew.places)
        load(crew, names)
        calls = {mode: rehearse(crew, names.pop(), mode) for mode in KILLS}
        points = [
            (mode, 1 + n * (calls[mode] - 1) // (most - 1), n % 2 == 0)
            for mode, most in KILLS.items()
            for n in range(most)
        ]
        too_short = list[int]()
        for name, (mode, point, arrives) in zip(names, points, strict=True):
            place = crew.places[name]
            place.do(lambda place=place: change(place))
            mark, killed = place.intranet.mark(), list[Call]()
            number = place.wire.calls[-1].number + point
            how = Latency(0.0) if arrives else RESET_BEFORE
            place.wire.add(Fault(match=killing(crew, name, number, killed), how=how))
            before = len(crew.done(name))
            crew.ask_for(mode, name)
            until(comes_or_ends(crew, name, before, killed), LONG_S, f"{name}: {mode} comes to call {point}")
            if not killed:  # whoever has a token already asks for none, as the rehearsal did
                too_short.append(point)
                continue
            accepted, died = set(place.intranet.pushed_since(mark)), len(place.wire.calls)
            crew.start()
            until(lambda n=name: crew.taken(n), LONG_S, f"{name}: it is taken over")
            crew.end_lease(name)  # 40 s are long for so many
            until(lambda n=name, b=before: len(crew.done(n)) > b, LONG_S, f"{name}: its run ends elsewhere")
            is_as_expected(place)
            for begin in BEGINS:
                sent = [
                    one
                    for one in place.wire.calls
                    if one.number > number - point and one.path.endswith(begin)
                ]
                unanswered = any(one.number == number for one in sent)
                assert len(sent) <= (1 if unanswered else 2), (
                    f"{name}: begun again while the first may still take effect"
                )
            assert place.intranet.pushed_since(mark)
            assert not accepted & downloaded(place.wire.calls[died:]), "whoever takes over has their texts"
        assert len(too_short) <= len(KILLS), "at most the last point of each"
        assert '.bug"' not in crew.logs()


def test_each_tick_is_one_run_of_each_target_while_workers_die(cluster: Cluster, tmp_path: Path) -> None:
    with crew_of(cluster, tmp_path, 6, tick_s=6) as crew:
        until(lambda: all(len(crew.done(name)) >= 3 for name in crew.places), LONG_S, "three ticks")
        place, killed = crew.places["t3"], list[Call]()
        place.wire.add(
            Fault(match=killing(crew, "t3", place.wire.calls[-1].number + 6, killed), how=Latency(0.0))
        )
        until(lambda: killed, LONG_S, "a worker dies")
        died, before = time.monotonic(), len(crew.done("t3"))
        until(lambda: len(crew.done("t3")) > before, TAKEN_OVER_S, "another one has done its run")
        took = time.monotonic() - died
        until(lambda: len(crew.done("t3")) > before + 2, LONG_S, "ticks go on")
        for name, one in crew.places.items():
            crew.must_be_one_by_one(name)
            is_as_expected(one)
        assert len(crew.working()) == 2
        print(f"taken over in {took:.0f} s")


def test_a_frozen_worker_ends_itself_when_it_wakes_and_nothing_of_it_is_confirmed(
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    with crew_of(cluster, tmp_path, 1, tick_s=86_400) as crew:
        load(crew, ["t0"])
        place, frozen = crew.places["t0"], list[int]()
        place.do(lambda: change(place))

        def freeze(call: Call) -> bool:
            if frozen or "addupdate" not in call.path:
                return False
            frozen.append(crew.holder("t0"))
            os.kill(frozen[0], signal.SIGSTOP)
            return True

        place.wire.add(Fault(match=freeze, how=Latency(0.0)))
        before = len(crew.done("t0"))
        crew.ask_for("full", "t0")
        until(lambda: frozen, LONG_S, "it is frozen in the middle of a push")
        stopped = time.monotonic()
        until(lambda: len(crew.done("t0")) > before, TAKEN_OVER_S + 40, "another one has done its run")
        is_as_expected(place)
        time.sleep(max(0.0, 90 - (time.monotonic() - stopped)))
        confirmed = crew.confirmed()
        (zombie,) = [one for one in crew.processes if one.pid == frozen[0]]
        zombie.send_signal(signal.SIGCONT)
        assert zombie.wait(LONG_S) == 75
        assert crew.confirmed() == confirmed
        is_as_expected(place)


def test_runs_end_though_their_database_dies_twice(cluster: Cluster, tmp_path: Path) -> None:
    with crew_of(cluster, tmp_path, 3, tick_s=86_400) as crew:
        names = list(crew.places)
        load(crew, names)
        for name, place in crew.places.items():
            place.do(lambda place=place: change(place))
            place.wire.add(Fault(match="*", how=Latency(0.15), times=None))
            crew.ask_for("full", name)
        until(lambda: all(crew.holder(name) for name in names), LONG_S, "three runs")
        before = {name: len(crew.done(name)) for name in names}
        for _ in range(2):
            cluster.restart()
            time.sleep(3)
        until(lambda: all(len(crew.done(name)) > before[name] for name in names), 180, "all runs end")
        for place in crew.places.values():
            is_as_expected(place)
        assert len(crew.working()) == 3, "who waited for the database is no zombie"


@pytest.mark.parametrize("what", list(Cut))
def test_a_worker_that_is_cut_off_from_the_database_ends_itself_and_is_taken_over(
    cluster: Cluster,
    tmp_path: Path,
    what: Cut,
) -> None:
    with (
        closing(Line(cluster.socket_file)) as wire,
        crew_of(cluster, tmp_path, 1, tick_s=86_400) as crew,
    ):
        load(crew, ["t0"])
        for process in crew.processes[1:]:
            process.send_signal(signal.SIGTERM)
            process.wait(LONG_S)
        there = crew.start(way=wire.way)
        until(lambda: len(crew.working()) == 2, LONG_S, "one that is far away")
        crew.processes[0].send_signal(signal.SIGTERM)
        assert crew.processes[0].wait(LONG_S) == 0
        place = crew.places["t0"]
        place.do(lambda: change(place))
        place.wire.add(Fault(match="*", how=Latency(4.0), times=None))
        before = len(crew.done("t0"))
        crew.ask_for("full", "t0")
        until(lambda: crew.holder("t0") == there.pid, LONG_S, "it has the run")
        crew.start()
        until(lambda: len(crew.working()) == 2, LONG_S, "one that is near")
        assert crew.holder("t0") == there.pid
        wire.cut(what)
        place.do(place.wire.faults.clear)
        cut_off = time.monotonic()
        until(lambda: len(crew.done("t0")) > before, TAKEN_OVER_S + 40, "another one has done its run")
        print(f"done elsewhere after {time.monotonic() - cut_off:.0f} s")
        assert there.wait(LONG_S) == 75
        is_as_expected(place)


def test_what_three_workers_died_with_is_given_up_until_the_next_tick(
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    with crew_of(cluster, tmp_path, 1, tick_s=86_400, beats=(0.5, 6.0)) as crew:
        load(crew, ["t0"])
        place, killed = crew.places["t0"], list[int]()
        place.do(lambda: change(place))

        def kill(call: Call) -> bool:
            holder = crew.holder("t0") if "/children" in call.path or "nodes" in call.path else 0
            if holder in {0, *killed}:
                return False
            killed.append(holder)
            os.kill(holder, signal.SIGKILL)
            return True

        fault = place.wire.add(Fault(match=kill, how=Latency(0.0), times=None))
        crew.ask_for("full", "t0")
        for n in range(1, 4):
            until(lambda n=n: len(killed) == n, LONG_S, f"death {n}")
            crew.start()
            until(lambda n=n: crew.taken("t0") == n, LONG_S, f"takeover {n}")
            crew.end_lease("t0")
        until(lambda: "CANCELLED" in {state for _, state, _ in crew.work()}, LONG_S, "it is given up")
        place.do(lambda: place.wire.faults.remove(fault))
        before = len(crew.done("t0"))
        crew.ask_for("full", "t0")
        until(lambda: len(crew.done("t0")) > before, LONG_S, "the next one is done")
        assert len(killed) == 3
        is_as_expected(place)


def test_what_is_due_of_a_target_is_done_by_whichever_service_has_it_in_its_settings(
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    with crew_of(cluster, tmp_path, 2, services=1, tick_s=86_400) as crew:
        load(crew, ["t0", "t1"])
        text = crew.settings.read_text(encoding="utf-8").replace("[targets.t1]", "[targets.elsewhere]")
        crew.settings.write_text(text.replace('target = "t1"', 'target = "elsewhere"'), encoding="utf-8")
        key = crew.secrets.pop("CONNECTOR_TARGETS__T1__API_KEY")
        crew.secrets["CONNECTOR_TARGETS__ELSEWHERE__API_KEY"] = key
        crew.start()
        until(lambda: len(crew.working()) == 2, LONG_S, "one without the target")
        for n in range(6):
            before = len(crew.done("t1"))
            crew.ask_for("delta", "t1")
            until(lambda b=before: len(crew.done("t1")) > b, LONG_S, f"delta {n} is done")
        assert "no service that has it" not in crew.logs()
        is_as_expected(crew.places["t1"])
