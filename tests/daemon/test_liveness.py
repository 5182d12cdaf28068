"""Liveness is progress: what counts as a run that advances, and what the supervisor is told."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from connector.daemon.progress import Patience, Progress
from connector.daemon.supervisor import Supervisor


class Ticks:
    """A monotonic clock that tests move."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def progress(clock: Ticks) -> Progress:
    return Progress(Patience(without_answer_s=900, without_move_s=20_000), clock)


def test_between_runs_nothing_stalls(progress: Progress, clock: Ticks) -> None:
    clock.now += 1_000_000
    assert progress.stalled() == ""


def test_a_run_without_answers_stalls(progress: Progress, clock: Ticks) -> None:
    progress.begin("delta")
    clock.now += 899
    assert progress.stalled() == ""
    clock.now += 2
    assert "no answer" in progress.stalled()


def test_listing_and_pushing_are_progress(progress: Progress, clock: Ticks) -> None:
    progress.begin("full")
    clock.now += 800
    progress.see(3)
    clock.now += 800
    progress.push(2)
    clock.now += 800
    assert progress.stalled() == ""
    assert progress.words() == "full run: 3 items seen, 2 documents accepted"


def test_refusals_are_no_progress(progress: Progress, clock: Ticks) -> None:
    progress.begin("delta")
    for _ in range(10):
        clock.now += 100
        progress.answer("503")
        progress.answer("error")
    assert progress.stalled() != ""


def test_a_host_that_takes_no_calls_for_now_is_named_until_it_takes_one(
    progress: Progress, clock: Ticks
) -> None:
    progress.begin("full")
    progress.answer("429", "ix.example.com")
    assert progress.waits_for == "", "as now and then"
    clock.now += 60
    progress.answer("429", "ix.example.com")
    assert progress.waits_for == "ix.example.com answers that there are too many calls"
    assert progress.words() == (
        "full run: 0 items seen, 0 documents accepted; ix.example.com answers that there are too many calls"
    )
    progress.answer("429", "itr.example.com")
    clock.now += 60
    assert progress.waits_for == "itr.example.com, ix.example.com answer that there are too many calls"
    progress.answer("200", "ix.example.com")
    assert progress.waits_for == "itr.example.com answers that there are too many calls"
    progress.end()
    assert progress.waits_for == ""
    progress.begin("delta")
    clock.now += 60
    assert progress.waits_for == ""


def test_clean_answers_count_for_a_while_only(progress: Progress, clock: Ticks) -> None:
    progress.begin("delta")
    for _ in range(40):
        clock.now += 500
        assert progress.stalled() == ""
        progress.answer("200")
    clock.now += 500
    assert "listed and pushed nothing" in progress.stalled()


def test_a_new_run_starts_afresh(progress: Progress, clock: Ticks) -> None:
    progress.begin("delta")
    clock.now += 5_000
    progress.end()
    progress.begin("delta")
    assert progress.stalled() == ""


@pytest.mark.parametrize("abstract", [False, True])
def test_the_supervisor_hears_one_message_a_call(tmp_path: Path, abstract: bool) -> None:
    name = f"@connector-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hearing:
        hearing.bind(name.replace("@", "\0"))
        supervisor = Supervisor(
            {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
        )
        supervisor.tell("READY=1", "STATUS=two\nlines")
        assert hearing.recv(4096) == b"READY=1\nSTATUS=two lines"
        assert supervisor.watchdog_s == 30


def test_without_a_supervisor_nothing_is_told() -> None:
    supervisor = Supervisor({})
    supervisor.tell("READY=1")
    assert supervisor.watchdog_s is None


def test_a_supervisor_that_is_gone_is_no_error(tmp_path: Path) -> None:
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")


def test_a_watchdog_for_another_process_is_not_ours() -> None:
    assert Supervisor({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_s is None
