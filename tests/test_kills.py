"""The real process is killed with SIGKILL in the middle of a call; started again, it converges, and repeats little."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from connector.sandbox.faults import Call, Fault, Latency
from tests.test_cli import Office

POINTS = {"full": (4, 18, 26, 31, 36), "delta": (9, 20, 24), "backfill": (12, 26, 29)}
"""Calls of a run at which it dies: while signing in, listing, pushing, ending."""
BATCH = 5


def commands(mode: str) -> tuple[str, ...]:
    return ("backfill",) if mode == "backfill" else ("sync", "--mode", mode)


@pytest.mark.parametrize(
    ("mode", "point"), [(mode, point) for mode, points in POINTS.items() for point in points]
)
def test_a_killed_process_is_made_good_by_the_next(tmp_path: Path, mode: str, point: int) -> None:
    office = Office(tmp_path)
    with office.server as urls:
        try:
            office.write_settings(list(urls))
            if mode != "backfill":
                assert office.run("backfill", "--json").code == 0
                office.server.call(lambda: change(office))
            expected = {f"ix-{item.id}" for item in office.rooms.items()} - {
                f"ix-{office.small.superseded}",
                f"ix-{office.small.old_attachment}",
            }
            calls = len(office.wire.calls)
            mark = office.intranet.mark()
            process = office.start(*commands(mode), "--json")

            def kill(call: Call) -> bool:
                if call.number != calls + point:
                    return False
                os.kill(process.pid, signal.SIGKILL)
                return True

            office.wire.add(Fault(match=kill, how=Latency(0.0)))
            process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL, "the run was over before its call"
            accepted = office.intranet.pushed_since(mark)
            live_gone = {deletion.id for deletion in office.intranet.deletions} & expected
            assert not live_gone

            again = office.intranet.mark()
            # a full run so soon after a lost begin or end opens no session, and says so
            assert office.run(*commands(mode), "--json").code in ({0, 3} if mode == "full" else {0})
            assert set(office.intranet.documents) == expected
            assert not {deletion.id for deletion in office.intranet.deletions} & expected
            if mode != "full":
                repeated = set(accepted) & set(office.intranet.pushed_since(again))
                rooms = {
                    f"ix-{office.small.bridge}",
                    f"ix-{office.small.tunnel}",
                }  # a backfill notes its count there
                assert len(repeated - rooms) <= BATCH * 4
        finally:
            office.end()


def change(office: Office) -> None:
    """Something to push and something to remove."""
    office.rooms.rename(office.small.drawings, "Plans")
    office.rooms.remove(office.small.photo)
    office.rooms.add_file(office.small.details, "new.txt", content=b"new")
