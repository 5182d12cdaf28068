"""SIGHUP and SIGTERM while a service is still being loaded: it read no settings again, and ended by either."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from connector.machine import early_signals
from tests.daemon.serving import make_service
from tests.neighbourhood import Neighbourhood
from tests.patience import IN_VAIN_S

LOADING = """
import os, signal, sys
sys.argv = ["connector", *sys.argv[1:]]
from connector.cli import LateVerb
os.kill(os.getpid(), signal.SIGHUP)
LateVerb(sys.argv[1]).real()
print("goes on")
"""


@pytest.mark.parametrize(("typed", "ended_by"), [(["serve"], 0), (["hide", "serve"], -signal.SIGHUP)])
def test_a_service_outlives_the_signals_that_come_before_it_hears_them_and_no_other_verb_does(
    typed: list[str], ended_by: int
) -> None:
    done = subprocess.run([sys.executable, "-c", LOADING, *typed], capture_output=True, text=True)
    assert done.returncode == ended_by, done.stderr
    assert done.stdout == ("" if ended_by else "goes on\n")


@pytest.fixture
def _loading() -> Iterator[None]:
    early_signals.let_wait()
    yield
    early_signals.let_come()


@pytest.mark.usefixtures("_loading")
async def test_what_came_while_it_was_loaded_is_done_as_soon_as_it_hears(near: Neighbourhood) -> None:
    main = threading.main_thread().ident
    assert main is not None
    for number in early_signals.WAITING:
        signal.pthread_kill(main, number)
    service = make_service(near)
    await asyncio.wait_for(service.serve(), IN_VAIN_S)
    assert service._hup.is_set(), "the settings would have been read again"
    assert service.address == "", "it ended before it served"
