"""
Services with one ledger are killed, frozen and cut off, and their database dies: `make cluster`.

Real processes, a real PostgreSQL, and beats as in real life where a time is asserted; elsewhere faster ones, and a lease
that the test ends for the dead.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connector.errors import LedgerError
from connector.ledger.runs import LEASE_S
from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Latency
from tests.engine.crew import Crew, Place, until
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture
from tests.runs.test_kills import change, expected, lost

pytestmark = pytest.mark.skipif("CONNECTOR_CLUSTER" not in os.environ, reason="long: make cluster")

KILLS = {"full": 18, "delta": 8}
"""So many points of each run, from its first call to its last."""
BEGINS = ("/docs/beginsyncsession", "/users/beginsyncsession")
MORE = 12
LONG_S = 180.0
"""No measure: a machine may be busy."""
TAKEN_OVER_S = max(60.0, LEASE_S + 10)


@contextmanager
def crew_of(cluster: Cluster, folder: Path, targets: int, **more: Any) -> Iterator[Crew]:  # noqa: F811
    """Three services, with everything loaded once."""
    crew = Crew(folder, cluster.new_database(), targets, **more)
    for place in crew.places.values():
        for n in range(MORE):
            place.rooms.add_file(place.small.tunnel, f"{n}.txt", content=b"x")
    with crew.standing():
        for _ in range(3):
            crew.start()
        until(lambda: len(crew.working()) == 3, LONG_S, "three members")
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


def is_as_expected(place: Place) -> None:
    assert set(place.intranet.documents) == expected(place)  # type: ignore[arg-type]  # it has the same worlds
    assert not lost(place)  # type: ignore[arg-type]


def test_a_worker_killed_at_any_point_of_a_run_is_taken_over_and_nothing_is_lost(
    cluster: Cluster,  # noqa: F811
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
        for name, (mode, point, arrives) in zip(names, points, strict=True):
            place = crew.places[name]
            place.do(lambda place=place: change(place))
            mark, killed = place.intranet.mark(), list[Call]()
            number = place.wire.calls[-1].number + point
            how = Latency(0.0) if arrives else RESET_BEFORE
            place.wire.add(Fault(match=killing(crew, name, number, killed), how=how))
            before = len(crew.done(name))
            crew.ask_for(mode, name)
            until(lambda k=killed: k, LONG_S, f"{name}: {mode} comes to call {point}")
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
        assert '.bug"' not in crew.logs()


def test_each_tick_is_one_run_of_each_target_while_workers_die(cluster: Cluster, tmp_path: Path) -> None:  # noqa: F811
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
    cluster: Cluster,  # noqa: F811
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


def test_runs_end_though_their_database_dies_twice(cluster: Cluster, tmp_path: Path) -> None:  # noqa: F811
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


class Cut:
    """A wire to the database that can be cut: nothing is answered any more, and nobody is told."""

    def __init__(self, socket_file: str) -> None:
        self._to, self._cut, self._open = socket_file, threading.Event(), list[socket.socket]()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        self._cut.set()

    def close(self) -> None:
        for one in (self._listening, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.socket(socket.AF_UNIX)
                self._open += [near, far]
                far.connect(self._to)
                for here, there in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=self._pass, args=(here, there)))
                    self._threads[-1].start()

    def _pass(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65_536):
                if not self._cut.is_set():  # else it is neither passed on nor answered
                    there.sendall(data)
            if not self._cut.is_set():
                there.shutdown(socket.SHUT_WR)


def test_a_worker_that_is_cut_off_from_the_database_ends_itself_and_is_taken_over(
    cluster: Cluster,  # noqa: F811
    tmp_path: Path,
) -> None:
    with (
        closing(Cut(cluster.socket_file)) as wire,
        crew_of(cluster, tmp_path, 1, tick_s=86_400) as crew,
    ):
        load(crew, ["t0"])
        for process in crew.processes[1:]:
            process.send_signal(signal.SIGTERM)
            process.wait(LONG_S)
        there = crew.start(url=crew.url.partition("?")[0].replace("@/", f"@127.0.0.1:{wire.port}/"))
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
        wire.cut()
        place.do(place.wire.faults.clear)
        cut_off = time.monotonic()
        until(lambda: len(crew.done("t0")) > before, TAKEN_OVER_S + 40, "another one has done its run")
        print(f"done elsewhere after {time.monotonic() - cut_off:.0f} s")
        assert there.wait(LONG_S) == 75
        is_as_expected(place)


def test_what_three_workers_died_with_is_given_up_until_the_next_tick(
    cluster: Cluster,  # noqa: F811
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


class Fate:
    """What befalls workers, their database and the rooms, at random; played again by its seed."""

    def __init__(self, crew: Crew, cluster: Cluster, seed: int) -> None:  # noqa: F811
        self._crew, self._cluster, self._dice = crew, cluster, random.Random(seed)
        self._frozen: list[tuple[float, Any]] = []
        self.told: list[str] = []

    def befall(self) -> None:
        """One thing."""
        crew, dice = self._crew, self._dice
        alive = [one for one in crew.processes if one.poll() is None]
        awake = [one for one in alive if one not in [each for _, each in self._frozen]]
        what = dice.choices(["kill", "freeze", "end", "restart", "change", "full"], [4, 4, 2, 1, 6, 3])[0]
        name = dice.choice(list(crew.places))
        self.told.append(f"{what} {name}")
        if what == "kill" and awake:
            dice.choice(awake).kill()
        elif what == "end" and awake:
            dice.choice(awake).send_signal(signal.SIGTERM)
        elif what == "freeze" and awake:
            one = dice.choice(awake)
            one.send_signal(signal.SIGSTOP)
            self._frozen.append((time.monotonic() + dice.uniform(1, 20), one))
        elif what == "restart":
            self._cluster.restart()
        elif what == "change":
            crew.places[name].do(lambda: self._change(crew.places[name]))
        elif what == "full":
            with suppress(AssertionError, psycopg.Error, LedgerError):
                crew.ask_for("full", name)
        self.tidy()

    def tidy(self, *, at_last: bool = False) -> None:
        """Wake who slept long enough, start as many as there were, and let leases of the dead end as with time."""
        for when, one in list(self._frozen):
            if at_last or time.monotonic() > when:
                one.send_signal(signal.SIGCONT)
                self._frozen.remove((when, one))
        while len([one for one in self._crew.processes if one.poll() is None]) < 3:
            self._crew.start()
        with suppress(psycopg.Error):
            for name in self._crew.places:
                self._crew.end_lease(name)

    def _change(self, place: Place) -> None:
        files = [one for one in place.rooms.items() if one.parent_id == place.small.tunnel]
        one = self._dice.choice(files)
        if self._dice.random() < 0.3 and len(files) > 5:
            place.rooms.remove(one.id)
        elif self._dice.random() < 0.5:
            place.rooms.rename(one.id, f"renamed {self._dice.randrange(10**6)}.txt")
        else:
            place.rooms.add_file(place.small.tunnel, f"{self._dice.randrange(10**6)}.txt", content=b"x")


def test_whatever_befalls_them_at_random_nothing_is_lost(cluster: Cluster, tmp_path: Path) -> None:  # noqa: F811
    seed = int(os.environ.get("CONNECTOR_SEED", random.randrange(10**6)))
    print(f"CONNECTOR_SEED={seed}")
    with crew_of(cluster, tmp_path, 3, tick_s=3, beats=(0.5, 6.0)) as crew:
        load(crew, list(crew.places))
        fate = Fate(crew, cluster, seed)
        over = time.monotonic() + float(os.environ.get("CONNECTOR_FATE_S", "150"))
        while time.monotonic() < over:
            fate.befall()
            time.sleep(fate._dice.uniform(0.2, 3))
            for place in crew.places.values():
                assert not lost(place), fate.told  # type: ignore[arg-type]
        fate.tidy(at_last=True)
        for name, place in crew.places.items():
            runs = len(crew.done(name))
            until(lambda n=name, r=runs: len(crew.done(n)) > r + 1, LONG_S, f"{name}: runs go on")
            until(lambda p=place: set(p.intranet.documents) == expected(p), LONG_S, f"{name}: all is found")
            is_as_expected(place)
            crew.must_be_one_by_one(name)
        assert '.bug"' not in crew.logs()
