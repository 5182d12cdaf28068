"""Several services with one ledger on PostgreSQL, as real processes, between simulated neighbours."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

from connector.engine.queue import DbosQueue, engine_for
from connector.ports.engine import Work
from connector.sandbox.faults import Wire
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.server import ThreadServer
from tests.builders import SETTINGS, make_toml
from tests.estates import furnish_small
from tests.runs.test_kills import expected, lost


class Place:
    """One target with its rooms."""

    def __init__(self, app_id: int) -> None:
        self.rooms, self.intranet, self.wire = InteraxoWorld(), InteractWorld(), Wire()
        self.intranet.app_id = app_id
        self.small = furnish_small(self.rooms)
        self.server = ThreadServer([InteraxoApp(self.rooms), InteractApp(self.intranet)], self.wire)

    def do(self, function: Callable[[], Any]) -> Any:
        """Change a world between two calls."""
        return self.server.call(function)


class Crew:
    """Places, one ledger, and services that come and go."""

    def __init__(
        self,
        folder: Path,
        url: str,
        targets: int,
        *,
        tick_s: float = 6.0,
        beats: tuple[float, ...] = (),
        **more: Any,
    ) -> None:
        """
        Args:
            tick_s: a delta of every target is due so often.
            beats: how often a service beats, and when it is silent, in seconds; empty: as in real life.
            more: settings.
        """
        self.folder, self.url, self.tick_s, self.beats, self.more = folder, url, tick_s, beats, more
        self.places = {f"t{n}": Place(100 + n) for n in range(targets)}
        self.processes: list[subprocess.Popen[str]] = []
        self.settings = folder / "settings.toml"
        self.secrets: dict[str, str] = {}
        self._asked_at = 0.0

    @contextmanager
    def standing(self) -> Iterator[Crew]:
        """Serve the places; no process outlives it."""
        values: dict[str, Any] = {
            "ledger__url": self.url,
            "http__attempts": 1,
            "http__timeout_s": 10,
            "people__every": "",
        }
        values |= {"schedule__delta": "0 0 1 1 *", "schedule__full": "", "service__listen": "127.0.0.1:0"}
        values |= {key.replace(".", "__"): None for key in SETTINGS}
        entered = []
        try:
            for name, place in self.places.items():
                urls = place.server.__enter__()
                entered.append(place)
                source, target = f"sources__s{name}__", f"targets__{name}__"
                values |= {
                    f"{target}base_url": urls[1],
                    f"{target}tenant": place.intranet.tenant,
                    f"{target}app_id": place.intranet.app_id,
                    f"{target}batch_documents": 2,
                    f"{target}concurrency": 2,
                    f"{source}kind": "interaxo",
                    f"{source}id_prefix": "ix",
                    f"{source}permissions": "room",
                    f"{source}target": name,
                    f"{source}base_url": urls[0],
                    f"{source}token_url": f"{urls[0]}/oauth/token",
                }
                variable = f"CONNECTOR_TARGETS__{name.upper()}__API_KEY"
                self.secrets[variable] = place.intranet.api_key
                of_source = f"CONNECTOR_SOURCES__S{name.upper()}__CLIENT_"
                self.secrets[f"{of_source}ID"] = place.rooms.client_id
                self.secrets[f"{of_source}SECRET"] = place.rooms.client_secret
            self.settings.write_text(make_toml(**{**values, **self.more}), encoding="utf-8")
            yield self
        finally:
            for process in self.processes:
                if process.poll() is None:
                    process.send_signal(signal.SIGCONT)
                    process.kill()
                    process.communicate()
            for place in entered:
                place.server.__exit__(None, None, None)

    def start(self, *, way: Mapping[str, str] | None = None, ahead_s: float = 0.0) -> subprocess.Popen[str]:
        """
        Start one service; its log is in a file beside the settings.

        Args:
            way: to the database, where it is another one: variables of libpq.
            ahead_s: how far its clock is ahead.
        """
        told = [str(one) for one in (ahead_s, self.tick_s, *self.beats)]
        log = (self.folder / f"worker-{len(self.processes)}.log").open("a")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.worker", str(self.settings), *told],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **self.secrets, **(self._along(way) if way else {})},
            stdout=log,
            stderr=log,
            text=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def _along(self, way: Mapping[str, str]) -> dict[str, str]:
        return {"CONNECTOR_LEDGER__URL": self.url.partition("?")[0], **way}

    def type(self, *words: str) -> dict[str, Any]:
        """Type a command beside the services; gives what it prints as JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "connector", *words, "--settings", str(self.settings), "--json"],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **self.secrets},
            stdout=subprocess.PIPE,
            check=True,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    # -- what the ledger says -------------------------------------------------------------------

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Ask the database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(sql, values).fetchall()

    def members(self) -> dict[str, str]:
        """State of each member by id."""
        return dict(self.ask("SELECT id, state FROM members"))

    def working(self) -> list[str]:
        """Members that work."""
        return [one for one, state in self.members().items() if state == "working"]

    def ask_for(self, what: str, target: str) -> None:
        """Have something done now, by whoever takes it; once more, though the last time was within this second."""
        self._asked_at = at = max(time.time(), self._asked_at + 1)  # work is named by whole seconds
        with closing(DbosQueue(engine_for(self.url))) as queue:
            until(lambda: queue.ask(Work(what, target, at)), 60, "nothing else is under way")

    def taken(self, target: str) -> int:
        """How often its work was taken over."""
        ((count,),) = self.ask("SELECT count(*) FROM takeovers WHERE work LIKE %s", f"run/{target}/%")
        return int(count)

    def end_lease(self, target: str) -> None:
        """That of a dead process ends, as with time."""
        for process in self.processes:
            if process.poll() is not None:
                holder = f"process {process.pid}"
                self.ask(
                    "UPDATE leases SET expires_at=0 WHERE target=%s AND holder=%s RETURNING 1", target, holder
                )

    def confirmed(self) -> list[Any]:
        """All that the ledger holds to be in the intranets, and all that it intends."""
        return [
            *self.ask("SELECT * FROM documents ORDER BY 1, 2"),
            *self.ask("SELECT * FROM intents ORDER BY 1, 2"),
        ]

    def runs(self, target: str) -> list[Any]:
        """Mode, outcome, begin and end of each run, and whether it came to its end by itself; the oldest first."""
        return self.ask(
            "SELECT mode, outcome, started_at, finished_at, report IS NOT NULL FROM runs WHERE target=%s ORDER BY number",
            target,
        )

    def done(self, target: str) -> list[Any]:
        """Those that came to their end."""
        return [one for one in self.runs(target) if one[1] in {"succeeded", "quarantined", "withheld"}]

    def must_be_one_by_one(self, target: str) -> None:
        """No run begins before the one before it has ended, and none is done for the same tick."""
        runs = self.runs(target)
        for before, after in pairwise(runs):
            assert before[3] is not None
            assert before[3] <= after[2], runs
        asked = [one for one, _, _ in self.work() if one.startswith(f"run/{target}/")]
        assert len(asked) == len(set(asked))
        ended = [one for one in self.done(target) if one[4]]
        assert len(ended) <= len(asked), f"beside what somebody left or died with: {runs} of {asked}"

    def holder(self, target: str) -> int:
        """Process that has the lease of a target; 0 where nobody does."""
        rows = self.ask(
            "SELECT holder FROM leases WHERE target=%s AND expires_at>extract(epoch FROM clock_timestamp())",
            target,
        )
        found = re.search(r"\d+", rows[0][0]) if rows else None
        return int(found[0]) if found else 0

    def work(self) -> list[tuple[str, str, str]]:
        """Name, state and executor of everything that was ever asked for."""
        return [
            (one, state, who or "")
            for one, state, who in self.ask(
                "SELECT workflow_uuid, status, executor_id FROM dbos.workflow_status ORDER BY created_at"
            )
        ]

    def logs(self) -> str:
        """What all services said."""
        return "\n".join(one.read_text() for one in sorted(self.folder.glob("worker-*.log")))


def until(true: Callable[[], Any], within_s: float, what: str) -> Any:
    """Wait for something that happens in another process; fails where it does not."""
    over = time.monotonic() + within_s
    while time.monotonic() < over:
        found = true()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {within_s:.0f} s: {what}")


def is_as_expected(place: Place) -> None:
    """All of it is found, and nothing was ever removed that lives."""
    assert set(place.intranet.documents) == expected(place)  # type: ignore[arg-type]  # it has the same worlds
    assert not lost(place)  # type: ignore[arg-type]
