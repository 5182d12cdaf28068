"""The real process is killed with SIGKILL in the middle of a call; started again, it converges, and repeats little."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Latency
from tests import ledgers
from tests.office import Office, Told

REACHES, IS_LOST = Latency(0.0), RESET_BEFORE
"""The call in hand takes effect after the death of its sender, or never arrives."""
POINTS = {
    "full": (8, 9, 20, 30, 40, 47, 50, 53, 58, 60, 62),
    "delta": (3, 21, 25, 29, 35),
    "backfill": (2, 16, 24, 27, 31, 35, 38),
}
"""Calls of a run at which it dies: while signing in, listing, reading files, beginning, pushing, removing, ending."""
BOTH_WAYS = (("full", 9, True), ("full", 60, False), ("delta", 35, True))
"""Begin, end and a removal: the other way round than their number says."""
BATCH, WORKERS = 2, 2
MORE = 12
"""Files that every run pushes, so that there are many more documents than one batch for each worker."""


@pytest.mark.parametrize(
    ("mode", "point", "arrives"),
    [*((mode, point, point % 2 == 0) for mode, points in POINTS.items() for point in points), *BOTH_WAYS],
)
def test_a_killed_process_is_made_good_by_the_next(
    tmp_path: Path, mode: str, point: int, arrives: bool
) -> None:
    assert is_made_good(tmp_path, mode, point, arrives=arrives), "the run was over before its call"


@pytest.mark.skipif("CONNECTOR_SOAK" not in os.environ, reason="long: part of make soak")
@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("mode", POINTS)
def test_a_process_killed_at_any_call_is_made_good_by_the_next(
    tmp_path: Path, mode: str, arrives: bool
) -> None:
    for point in count(1):
        folder = tmp_path / str(point)
        folder.mkdir()
        if not is_made_good(folder, mode, point, arrives=arrives):
            break
    assert point > max(POINTS[mode])


def is_made_good(folder: Path, mode: str, point: int, *, arrives: bool) -> bool:
    """
    Kill one run at one call, and judge what the next runs make of it.

    Returns:
        False when the run had no such call: nobody was killed.
    """
    office = Office(folder)
    for n in range(MORE):
        office.rooms.add_file(office.small.tunnel, f"{n}.txt", content=b"x")
    with office.server as urls:
        try:
            office.write_settings(list(urls))
            if mode != "backfill":
                assert run(office, "backfill").code == 0
                office.do(lambda: change(office))
            before = office.wire.calls[-1].number if office.wire.calls else 0
            mark = office.intranet.mark()
            process = office.start(*words_of(mode), **settings_of(mode))
            office.wire.add(
                Fault(match=killing(process.pid, before + point), how=REACHES if arrives else IS_LOST)
            )
            process.communicate(timeout=60)
            if process.returncode != -signal.SIGKILL:
                assert process.returncode == 0
                return False
            assert not lost(office)
            accepted = set(office.intranet.pushed_since(mark))
            ledgers.lease_ends(folder)

            again, died = office.intranet.mark(), len(office.wire.calls)
            # a full run so soon after a lost begin or end opens no session, and says so
            assert run(office, mode).code in ({0, 3} if mode == "full" else {0})
            assert set(office.intranet.documents) == expected(office)
            assert not lost(office)
            if mode != "full":
                assert (
                    len(accepted & set(office.intranet.pushed_since(again)) - rooms(office))
                    <= BATCH * WORKERS
                )
            assert not accepted & downloaded(office.wire.calls[died:])

            begun = office.intranet.mark()
            told = run(office, "full", CONNECTOR_HTTP__SETTLE_S="0")
            assert (told.code, told.json["session"]["ended"]) == (0, True), told.json["reasons"]
            assert set(office.intranet.pushed_since(begun)) == expected(office)
            assert set(office.intranet.documents) == expected(office)
            assert not lost(office)
            return True
        finally:
            office.end()


def words_of(mode: str) -> tuple[str, ...]:
    return ("backfill", "--json") if mode == "backfill" else ("sync", "--mode", mode, "--json")


def settings_of(mode: str) -> dict[str, str]:
    """A full run reads the files, which the backfill before it did not."""
    return {
        "CONNECTOR_TARGETS__INTRANET__BATCH_DOCUMENTS": str(BATCH),
        "CONNECTOR_TARGETS__INTRANET__CONCURRENCY": str(WORKERS),
        "CONNECTOR_SOURCES__INTERAXO__CONTENT": "true" if mode == "full" else "false",
    }


def run(office: Office, mode: str, **more: str) -> Told:
    """The same in this process."""
    return office.ask(*words_of(mode), **settings_of(mode), **more)


def killing(process: int, number: int) -> Callable[[Call], bool]:
    """A match for one call, at which a process dies."""

    def kill(call: Call) -> bool:
        if call.number != number:
            return False
        os.kill(process, signal.SIGKILL)
        return True

    return kill


def change(office: Office) -> None:
    """Something to push and something to remove."""
    office.rooms.rename(office.small.drawings, "Plans")
    office.rooms.remove(office.small.photo)
    for item in list(office.rooms.items()):
        if item.parent_id == office.small.tunnel:
            office.rooms.rename(item.id, f"renamed {item.name}")


def expected(office: Office) -> set[str]:
    left_out = {office.small.superseded, office.small.old_attachment}
    return {f"ix-{item.id}" for item in office.rooms.items() if item.id not in left_out}


def rooms(office: Office) -> set[str]:
    """A run notes how many documents there are beside those of rooms, once more at its end."""
    return {f"ix-{office.small.bridge}", f"ix-{office.small.tunnel}"}


def lost(office: Office) -> set[str]:
    """Live documents that were removed."""
    return {deletion.id for deletion in office.intranet.deletions} & expected(office)


def downloaded(calls: list[Call]) -> set[str]:
    """Documents whose files were read."""
    return {f"ix-{call.path.split('/')[-2]}" for call in calls if call.path.endswith("/content")}
