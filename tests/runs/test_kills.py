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
BEGIN, PEOPLE, PUSH = "docs/beginsyncsession", "users/addupdate", "docs/addupdate"
REMOVE, END, LIST, FILE = "docs/delete", "docs/endsyncsession", "/children", "/content"
POINTS = (
    ("full", "/oauth/token", 1, True), ("full", BEGIN, 1, True), ("full", BEGIN, 1, False), ("full", "users/beginsyncsession", 1, True),
    ("full", LIST, 3, False), ("full", FILE, 4, True), ("full", PUSH, 1, False), ("full", PUSH, 7, True), ("full", REMOVE, 1, True),
    ("full", REMOVE, 1, False), ("full", PEOPLE, 1, False), ("full", END, 1, True), ("full", END, 1, False),
    ("full", LIST, 1, True), ("full", FILE, 2, False), ("full", PUSH, 3, True), ("full", PEOPLE, 1, True),
    ("delta", LIST, 4, True), ("delta", PUSH, 1, False), ("delta", PUSH, 5, True), ("delta", REMOVE, 1, True),
    ("delta", REMOVE, 1, False), ("backfill", LIST, 2, False), ("backfill", PUSH, 1, False), ("backfill", PUSH, 8, True),
    ("backfill", PEOPLE, 1, True),
)  # fmt: skip
"""
Mode of the run, how the path of the call ends at which it dies, which of these calls it is, and whether that takes effect:
while signing in, beginning, listing, reading files, pushing, removing, ending.
"""
CALLS = {"full": 60, "delta": 30, "backfill": 30}
"""There are more in each run."""
BATCH, WORKERS = 2, 2
MORE = 12
"""Files that every run pushes, so that there are many more documents than one batch for each worker."""


@pytest.mark.parametrize(("mode", "ending", "which", "arrives"), POINTS)
def test_a_killed_process_is_made_good_by_the_next(
    tmp_path: Path, mode: str, ending: str, which: int, arrives: bool
) -> None:
    met = count(1)

    def dies(call: Call, _: int) -> bool:
        return call.path.endswith(ending) and next(met) == which

    assert is_made_good(tmp_path, mode, dies, arrives=arrives), "the run was over before its call"


@pytest.mark.skipif("CONNECTOR_SOAK" not in os.environ, reason="long: part of make soak")
@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("mode", CALLS)
def test_a_process_killed_at_any_call_is_made_good_by_the_next(
    tmp_path: Path, mode: str, arrives: bool
) -> None:
    for point in count(1):
        folder = tmp_path / str(point)
        folder.mkdir()
        if not is_made_good(folder, mode, lambda _, number, point=point: number == point, arrives=arrives):
            break
    assert point > CALLS[mode]


def is_made_good(folder: Path, mode: str, dies: Callable[[Call, int], bool], *, arrives: bool) -> bool:
    """
    Kill one run at one call, and judge what the next runs make of it.

    Args:
        dies: says of each call of the run, and of its number there, whether it is the one.

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
                Fault(match=killing(process.pid, before, dies), how=REACHES if arrives else IS_LOST)
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


def killing(process: int, before: int, dies: Callable[[Call, int], bool]) -> Callable[[Call], bool]:
    """A match for one call, at which a process dies; there were so many calls before it."""

    def kill(call: Call) -> bool:
        if call.number <= before or not dies(call, call.number - before):
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
