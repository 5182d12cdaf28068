"""OCR has an hour of its own in the service; what was interrupted goes on, what was missed is done, and a stop is quick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from connector.app import App
from connector.configuration.tables import OcrPart
from connector.daemon import ocr_lane
from connector.daemon.ocr_lane import OcrLane
from connector.errors import LedgerAway, LedgerError, LedgerRefuses
from connector.ledger.store import Ledger
from connector.ports.engine import Ended
from connector.runs.night_ocr import NIGHT, Night
from tests.builders import check

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp()
HOUR = 3_600.0


class Nights:
    """An app whose nights only count."""

    def __init__(self, folder: Path, **ocr: Any) -> None:
        layers: list[tuple[str, list[str], Any]] = [
            ("test", ["targets", "intranet"], {"base_url": "http://127.0.0.1:1", "tenant": "t" * 36, "app_id": 1, "api_key": "k" * 20}),
            ("test", ["sources", "one"], {"kind": "interaxo", "id_prefix": "ix", "permissions": "room", "client_id": "c" * 10, "client_secret": "s" * 20}),
            ("test", ["text", "ocr"], {"languages": ["nor"], **ocr}),
        ]  # fmt: skip
        self.settings = check(layers, file=folder / "settings.toml").settings
        self.begun = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None
        self._url = f"sqlite:///{folder}/ledger.db"

    def ledger(self) -> Any:
        from contextlib import closing

        return closing(Ledger(self._url, now=NOW))

    async def read_scans(self, *, stopping: Callable[[], bool]) -> Night | None:
        self.begun += 1
        if self.error:
            raise self.error
        await self.gate.wait()
        return Night()

    def note(self, night: Night) -> None:
        with self.ledger() as ledger:
            ledger.notes("").put(NIGHT, "", msgspec.json.encode(night))

    def lane(self) -> OcrLane:
        return OcrLane(lambda: cast("App", self), clock=lambda: NOW)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("night", "goes"),
    [
        (None, False),  # switched on at noon: it waits for its hour
        (Night(began=NOW - HOUR, day="2026-11-27", spent_s=5, over=False), True),
        (Night(began=NOW - 14 * HOUR, day="2026-11-26", spent_s=5, over=True), False),
        (Night(began=NOW - 38 * HOUR, day="2026-11-25", spent_s=5, over=True), True),
        (Night(began=NOW + 99 * HOUR, day="2026-12-01", over=True), False),  # a clock that was set back
    ],
)
async def test_what_was_interrupted_or_missed_is_done_at_the_start(
    tmp_path: Path, night: Night | None, goes: bool
) -> None:
    nights = Nights(tmp_path)
    if night is not None:
        nights.note(night)
    lane = nights.lane()
    lane.catch_up()
    await turns()
    assert nights.begun == int(goes)
    await lane.stop()


def test_its_hour_is_planned_where_it_is_on(tmp_path: Path) -> None:
    for values, cron in (({}, OcrPart().at), ({"at": ""}, ""), ({"languages": []}, "")):
        assert Nights(tmp_path, **values).lane().cron == cron


async def test_one_night_at_a_time_and_none_after_a_stop(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    lane = nights.lane()
    lane.begin()
    await turns()
    lane.begin()
    await turns()
    assert nights.begun == 1
    await lane.interrupt()  # new settings: it may go on afterwards
    lane.begin()
    await turns()
    assert nights.begun == 2
    await lane.stop()
    lane.begin()
    await turns()
    assert nights.begun == 2


@pytest.mark.parametrize(
    "error", [LedgerError("no room on the disk"), OSError("busy"), RuntimeError("a bug")]
)
async def test_a_night_that_fails_ends_nothing_else(tmp_path: Path, error: Exception) -> None:
    nights = Nights(tmp_path)
    nights.error = error
    lane = nights.lane()
    lane.begin()
    await turns()
    nights.error = None
    lane.begin()
    await turns()
    assert nights.begun == 2
    await lane.stop()


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (LedgerAway("the database was restarted"), Ended.LOST),
        (LedgerRefuses("its disk is full"), Ended.FAILED),
        (RuntimeError("a bug"), Ended.FAILED),
        (None, Ended.DONE),
    ],
)
async def test_a_night_amid_which_the_database_goes_away_is_no_night_that_was_done(
    tmp_path: Path, error: Exception | None, ended: Ended
) -> None:
    """Whoever took it of several services goes on with it; it was left to the next night."""
    nights = Nights(tmp_path)
    nights.error = error
    nights.gate.set()
    assert await nights.lane().through() is ended


async def test_a_night_that_a_service_without_ocr_takes_is_left_to_the_others(tmp_path: Path) -> None:
    """It was done by that service, without a word, and nothing was read until the next night."""
    nights = Nights(tmp_path, languages=[])
    nights.gate.set()
    assert await nights.lane().through() is Ended.ELSEWHERE
    assert not nights.begun


async def test_a_night_amid_which_ocr_is_switched_off_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr_lane, "INTERRUPTED_S", 0.0)
    nights = Nights(tmp_path)
    lane = nights.lane()
    through = asyncio.create_task(lane.through())
    await turns()
    nights.settings = Nights(tmp_path, languages=[]).settings
    await lane.interrupt()
    nights.gate.set()
    assert await through is Ended.DONE
