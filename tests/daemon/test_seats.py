"""A seat whose ledger is away: whoever only waits for it goes on with everything else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from connector.daemon import seats as walked_here
from connector.daemon.lane import Gates, Listeners
from connector.daemon.seats import Seats
from connector.daemon.supervisor import Supervisor
from connector.errors import LeaseLost, LedgerAway
from connector.ports.engine import Ended, Seat
from connector.status.metrics import Metrics

STANDS_STILL_S = 10
"""How long a database that is away lets whoever asks it wait, unless something else is done meanwhile."""


class AwayOnce:
    """An app whose ledger is away, answers slowly to whoever looks whether it is back, and then has no such run any more."""

    def __init__(self) -> None:
        self.asked = 0
        self.turned_meanwhile = False
        self._loop = asyncio.get_running_loop()
        self._turned = threading.Event()

    def observed(self, observe: object) -> AwayOnce:
        return self

    @contextmanager
    def ledger(self) -> Iterator[None]:
        self.asked += 1
        if self.asked == 1:
            raise LedgerAway("it restarts")
        if self.asked > 2:
            raise LeaseLost("the run is over")
        self._loop.call_soon_threadsafe(self._turned.set)
        self.turned_meanwhile = self._turned.wait(STANDS_STILL_S)
        yield


async def test_a_service_does_all_else_while_it_asks_whether_the_ledger_of_a_waiting_seat_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database that is away lets whoever asks it wait for long: health, pages and runs of other targets would wait as well."""
    monkeypatch.setattr(walked_here, "AGAIN_S", 0)
    app, gates = AwayOnce(), Gates(stop=asyncio.Event(), open=asyncio.Event())
    seats = Seats(lambda: app, gates, Listeners(Supervisor(), Metrics()))  # type: ignore[arg-type,return-value]
    seat = Seat(target="intranet", run=1, source="interaxo", number=0, run_id="R1")
    assert await seats.sit(seat, "member-0") is Ended.SKIPPED
    assert (app.asked, app.turned_meanwhile) == (3, True)
