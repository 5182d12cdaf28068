"""Child processes: each side of a comparison runs in one, the simulated neighbours in another."""

from __future__ import annotations

import http.client
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlencode

import msgspec

from bench.cases import Estate, Round
from bench.outcome import Outcome, Task

Json = dict[str, Any]


LONGEST_S = 1_800
"""Of one run; one that takes longer hangs."""


class NoMeasure(Exception):
    """A run that did not do all of its work; in words."""


def environment(folder: Path) -> dict[str, str]:
    """
    What children find around them: no settings of a connector, and bytecode that is kept, as an installed program has it.

    Args:
        folder: the bench's own; a machine may forbid to write bytecode anywhere else, which is no part of a start.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("CONNECTOR_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


class Server:
    """The simulated neighbours in their process."""

    def __init__(self, origin: str, plans: Path) -> None:
        self.origin = origin
        self.plans = plans
        """Where the plans of recorded runs are, by round."""

    def begin(
        self,
        round_: Round,
        *,
        latency_ms: float = 0,
        record: bool = False,
        notes: bool = False,
        replayed: bool = False,
    ) -> None:
        """Count from nothing, as `bench.servers.Begin` says."""
        switches = {"record": int(record), "notes": int(notes), "replayed": int(replayed)}
        self._get(f"/bench/begin?{urlencode({'round': round_, 'latency_ms': latency_ms, **switches})}")

    def counts(self) -> Json:
        """What was asked since."""
        return self._get("/bench/counts")

    def _get(self, target: str) -> Json:
        connection = http.client.HTTPConnection(self.origin.removeprefix("http://"), timeout=LONGEST_S)
        try:
            connection.request("GET", target)
            found: Json = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoMeasure(f"the neighbours do not answer: {error}") from error
        finally:
            connection.close()
        return found


class Children:
    """Starts them, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment(folder)

    def ask(self, module: str, *arguments: str) -> bytes:
        """
        Run a module and read what it prints.

        Raises:
            NoMeasure: it failed; why stands on standard error.
        """
        command = [sys.executable, "-m", module, *arguments]
        try:
            done = subprocess.run(
                command, stdout=subprocess.PIPE, check=True, env=self.environment, timeout=LONGEST_S
            )
        except subprocess.CalledProcessError as error:
            raise NoMeasure(f"{module} ended with {error.returncode}; its words stand above") from None
        except subprocess.TimeoutExpired:
            raise NoMeasure(f"{module} was ended after {LONGEST_S} s") from None
        return done.stdout

    def run(self, module: str, task: Task) -> Outcome:
        """
        Do one run.

        Raises:
            NoMeasure: it failed.
        """
        return msgspec.json.decode(self.ask(module, msgspec.json.encode(task).decode()), type=Outcome)

    def whole(self, module: str, task: Task) -> tuple[Outcome, float, float]:
        """
        Do one run; says also what its process took from its start to its end: seconds, and those of the processor.

        Raises:
            NoMeasure: it failed.
        """
        began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        found = self.run(module, task)
        seconds, then = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        return found, seconds, then.ru_utime + then.ru_stime - used.ru_utime - used.ru_stime

    @contextmanager
    def serving(self, module: str, *arguments: str) -> Iterator[str]:
        """
        Start a module that serves until its standard input closes; gives the line that it prints once it does.

        Raises:
            NoMeasure: it failed.
        """
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            try:
                line = process.stdout.readline().strip()
                if not line:
                    raise NoMeasure(f"{module} does not serve; its words stand above")
                yield line
            finally:
                process.stdin.close()

    @contextmanager
    def served(self, estate: Estate) -> Iterator[Server]:
        """Start the neighbours around an estate."""
        plans = self.new_folder("plans-")
        with self.serving("bench.servers", msgspec.json.encode(estate).decode(), str(plans)) as port:
            yield Server(f"http://127.0.0.1:{port}", plans)

    def new_folder(self, prefix: str) -> Path:
        """An empty folder."""
        return Path(mkdtemp(prefix=prefix, dir=self.folder))
