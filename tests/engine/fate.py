"""What befalls services with one ledger, at random: killed, frozen, cut off, and trouble of their neighbours and database."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from enum import StrEnum

import psycopg

from connector.engine.queue import DbosQueue, engine_for
from connector.errors import LedgerError
from connector.ports.engine import Work
from connector.sandbox.faults import (
    CUT_JSON,
    RESET_AFTER,
    RESET_BEFORE,
    Fault,
    How,
    Late,
    Latency,
    Status,
)
from tests.engine.crew import Crew, Place
from tests.ledger.cluster import Cluster

SETTLE_S = 1.0
"""After which nothing that was not answered may take effect any more."""
ALL, FEW = ("group", "all"), ("group", "few")
READERS = ([ALL], [FEW], [ALL, FEW])
AHEAD_S = (0.0, 0.0, 3_600.0, -3_600.0)
"""How far the clocks of machines may be ahead of each other."""
HAPPENINGS = {  # and how often
    "kill": 4,
    "freeze": 4,
    "end": 2,
    "hold": 3,
    "cut": 2,
    "restart": 2,
    "change": 6,
    "readers": 3,
    "trouble": 4,
    "full": 6,
}


class Cut(StrEnum):
    """What is not passed on any more."""

    BOTH = "both"
    ASKED = "asked"
    ANSWERED = "answered"
    """What is asked is done, and nobody hears of it."""


class Line:
    """A wire to the database that can be held, and goes on where it was, or cut: then nothing is ever answered."""

    def __init__(self, socket_file: str) -> None:
        self._to, self._open = socket_file, list[socket.socket]()
        self._asked_cut, self._answered_cut = threading.Event(), threading.Event()
        self._goes = threading.Event()
        self._goes.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def way(self) -> dict[str, str]:
        """Where a ledger is whose URL names no host, along this wire; it is the same ledger to everybody on this machine."""
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port)}

    @property
    def is_cut(self) -> bool:
        """Whether something is not passed on any more."""
        return self._asked_cut.is_set() or self._answered_cut.is_set()

    def cut(self, what: Cut = Cut.BOTH) -> None:
        """From now on nothing is passed on, or not in one direction."""
        if what is not Cut.ANSWERED:
            self._asked_cut.set()
        if what is not Cut.ASKED:
            self._answered_cut.set()

    def drop(self) -> None:
        """End every connection; whoever comes anew is let through."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Keep what comes."""
        self._goes.clear()

    def go_on(self) -> None:
        """Pass on what was kept, in its order."""
        self._goes.set()

    def close(self) -> None:
        """Let go of everything."""
        self.cut()
        self._goes.set()
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
                try:
                    far.connect(self._to)
                except OSError:  # the database is away
                    near.close()
                    continue
                for way in ((near, far, self._asked_cut), (far, near, self._answered_cut)):
                    self._threads.append(threading.Thread(target=self._pass, args=way, daemon=True))
                    self._threads[-1].start()

    def _pass(self, here: socket.socket, there: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while data := here.recv(65_536):
                self._goes.wait()
                if not cut.is_set():
                    there.sendall(data)
        if not self.is_cut:
            with suppress(OSError):
                there.shutdown(socket.SHUT_WR)


class Fate:
    """What happens, from one seed."""

    def __init__(self, crew: Crew, cluster: Cluster, seed: int) -> None:
        self._crew, self._cluster, self.dice = crew, cluster, random.Random(seed)
        self._frozen: list[tuple[float, subprocess.Popen[str]]] = []
        self._held: list[tuple[float, Line]] = []
        self._lines: dict[int, Line] = {}
        self.told: list[str] = []
        """What happened, with when."""

    def start(self) -> None:
        """One more service, with a wire and a clock of its own."""
        line = Line(self._cluster.socket_file)
        ahead_s = self.dice.choice(AHEAD_S)
        process = self._crew.start(way=line.way, ahead_s=ahead_s)
        self._lines[process.pid] = line

    def close(self) -> None:
        """Let go of all wires."""
        for line in self._lines.values():
            line.close()

    def befall(self) -> None:
        """One thing."""
        what = self.dice.choices(list(HAPPENINGS), list(HAPPENINGS.values()))[0]
        name = self.dice.choice(list(self._crew.places))
        place = self._crew.places[name]
        self.told.append(f"{time.strftime('%H:%M:%S')} {what} {name}")
        if what == "restart":
            self._cluster.restart()
        elif what == "change":
            place.do(lambda: self._change(place))
        elif what == "readers":
            place.do(lambda: self._change_readers(place))
        elif what == "trouble":
            place.do(lambda: self._trouble(place))
        elif what == "full":
            with (
                suppress(psycopg.Error, LedgerError),
                closing(DbosQueue(engine_for(self._crew.url))) as queue,
            ):
                queue.ask(Work("full", name, time.time()))
        else:
            self._to_a_service(what, name)
        self.tidy()

    def _to_a_service(self, what: str, name: str) -> None:
        asleep = [one for _, one in self._frozen]
        awake = [one for one in self._crew.processes if one.poll() is None and one not in asleep]
        if not awake:
            return
        one = self.dice.choice(awake)
        if self.dice.random() < 0.4:  # whoever has most in hand
            with suppress(psycopg.Error):
                holder = self._crew.holder(name)
                one = next((each for each in awake if each.pid == holder), one)
        self.told[-1] += f" worker-{self._crew.processes.index(one)}"
        line = self._lines[one.pid]
        if what == "kill":
            one.kill()
        elif what == "end":
            one.send_signal(signal.SIGTERM)
        elif what == "freeze":
            one.send_signal(signal.SIGSTOP)
            self._frozen.append((time.monotonic() + self.dice.uniform(0.5, 20), one))
        elif what == "hold":
            line.hold()
            self._held.append((time.monotonic() + self.dice.uniform(0.2, 12), line))
        elif what == "cut":
            how = self.dice.choice(list(Cut))
            self.told[-1] += f" {how}"
            line.cut(how)
            self._frozen.append((time.monotonic() + 15, one))  # one without work waits for its database

    def tidy(self, *, at_last: bool = False) -> None:
        """Wake who slept long enough, start as many as there were, and let leases of the dead end as with time."""
        now = time.monotonic()
        for when, line in list(self._held):
            if at_last or now > when:
                line.go_on()
                self._held.remove((when, line))
        for when, one in list(self._frozen):
            if at_last or now > when:
                one.send_signal(signal.SIGCONT)
                self._frozen.remove((when, one))
                if self._lines[one.pid].is_cut:
                    one.kill()
                    one.wait()
        while len([one for one in self._crew.processes if one.poll() is None]) < 3:
            self.start()
        if at_last:
            for place in self._crew.places.values():
                place.do(lambda p=place: self._end_trouble(p))
        with suppress(psycopg.Error):
            for name in self._crew.places:
                self._crew.end_lease(name)

    # -- the neighbours -----------------------------------------------------------------------

    def _change(self, place: Place) -> None:
        fixed = {place.small.superseded, place.small.old_attachment, place.small.current}
        files = [one for one in place.rooms.items() if one.name.endswith(".txt") and one.id not in fixed]
        for _ in range(self.dice.randint(1, 6)):
            one = self.dice.choice(files)
            if self.dice.random() < 0.1 and len(files) > 30:
                place.rooms.remove(one.id)
                files.remove(one)
            elif self.dice.random() < 0.6:
                place.rooms.rename(one.id, f"{self.dice.randrange(10**6)}.txt")
            else:
                place.rooms.add_file(one.parent_id, f"{self.dice.randrange(10**6)}.txt", content=b"x")

    def _change_readers(self, place: Place) -> None:
        rooms = [one for one in place.rooms.items() if one.name.startswith("More ")]
        place.rooms.set_authorities(self.dice.choice(rooms).id, self.dice.choice(READERS))

    def _trouble(self, place: Place) -> None:
        ways: list[tuple[str, How]] = [
            ("*/addupdate*", RESET_AFTER),
            ("*/addupdate*", RESET_BEFORE),
            ("*/addupdate*", Late(SETTLE_S * 0.6)),
            ("*/addupdate*", Latency(3.0)),
            ("*session*", RESET_AFTER),
            ("*session*", Latency(2.0)),
            ("GET *", Status(503)),
            ("GET *", CUT_JSON),
            ("GET *", Latency(2.0)),
            ("*delete*", Late(SETTLE_S * 0.6)),
        ]
        match, how = self.dice.choice(ways)
        self.told[-1] += f" {match} {how}"
        place.wire.faults.insert(0, Fault(match=match, how=how, times=self.dice.randint(1, 4)))

    def _end_trouble(self, place: Place) -> None:
        place.wire.faults = [one for one in place.wire.faults if one.times is None]


def wrong_readers(place: Place) -> list[str]:
    """Documents that a group finds that may not, or does not that may."""
    found = list[str]()
    items = {one.id: one for one in place.rooms.items()}
    for one in items.values():
        room = one
        while room.parent_id in items:
            room = items[room.parent_id]
        row = place.intranet.documents.get(f"ix-{one.id}")
        if row is not None:
            may = {group for _, group in room.authorities or []}
            does = {identity.rpartition("/")[2] for identity in row.document["ExternalIdentities"]}
            if does != may:
                found.append(f"{one.name}: {does} instead of {may}")
    return found
