"""The locks of this machine: one writer for each target, whatever ledger and whoever starts it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import pytest

from connector.errors import LeaseHeld
from connector.machine.lock import is_served, leave_words, nobody_serving, only_here, serving, words_left
from tests.machine.somebody import AS_ROOT, SOMEBODY, somebody


def test_a_ledger_s_folder_holds_one_lock_for_each_target(tmp_path: Path) -> None:
    keys = [f"{tmp_path} {n}" for n in range(2)]
    with only_here(keys[0], tmp_path), only_here(keys[1], tmp_path):
        for one in keys:
            with pytest.raises(LeaseHeld), only_here(one, tmp_path):
                pass
    with only_here(keys[0], tmp_path):
        pass


def test_whether_a_service_runs_is_told_by_its_lock_and_keeps_none_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_served(tmp_path) is False, "there never was one"
    with serving(tmp_path):
        assert is_served(tmp_path) is True
        assert is_served(tmp_path) is True, "whoever looks takes nothing away"
    assert is_served(tmp_path) is False
    waits: list[float] = []
    with ExitStack() as looking:
        looking.enter_context(nobody_serving(tmp_path))  # as long as whoever looks
        monkeypatch.setattr("connector.machine.lock.time.sleep", lambda s: (waits.append(s), looking.close()))
        with serving(tmp_path):
            assert len(waits) == 1
    monkeypatch.setattr("connector.machine.lock.time.sleep", waits.append)
    with (
        nobody_serving(tmp_path),
        pytest.raises(LeaseHeld, match="ledger restore, or a run by hand"),
        serving(tmp_path),
    ):
        pass


def test_what_a_service_has_to_tell_is_read_as_long_as_it_runs_and_no_longer(tmp_path: Path) -> None:
    assert words_left(tmp_path) == ""
    leave_words(tmp_path, "of nobody")
    assert not list(tmp_path.iterdir()), "only a service makes its lock"
    with serving(tmp_path):
        leave_words(tmp_path, "schedule.delta: no cron line, i\u2019m afraid")
        assert words_left(tmp_path) == "schedule.delta: no cron line, i\u2019m afraid"
        leave_words(tmp_path, "short")
        assert words_left(tmp_path) == "short"
        with serving(tmp_path):
            assert words_left(tmp_path) == "short", "another one that begins leaves them"
    assert words_left(tmp_path) == ""
    (tmp_path / "service.lock").write_text("of one that was killed", encoding="utf-8")
    with serving(tmp_path):
        assert words_left(tmp_path) == ""
        leave_words(tmp_path, "x" * 10_000)
        assert 0 < len(words_left(tmp_path)) < 10_000
        (tmp_path / "service.lock").unlink()
        leave_words(tmp_path, "into another folder")
        assert not list(tmp_path.iterdir())


def test_two_ledgers_of_one_target_exclude_each_other(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with only_here(str(tmp_path), tmp_path / "one"):
        for folder in (tmp_path / "two", None):
            with pytest.raises(LeaseHeld), only_here(str(tmp_path), folder):
                pass


def test_services_that_share_a_ledger_pass_each_other_by_and_keep_every_other_ledger_out(
    tmp_path: Path,
) -> None:
    key, one, two = str(tmp_path), "postgresql://db.example.com/one", "postgresql://db.example.com/two"
    with only_here(key, shared=one):
        with only_here(key, shared=one), pytest.raises(LeaseHeld), only_here(key, shared=two):
            pass
        with pytest.raises(LeaseHeld), only_here(key, tmp_path):
            pass
    with only_here(key, tmp_path), pytest.raises(LeaseHeld), only_here(key, shared=one):
        pass
    with only_here(key, shared=two):
        pass


@contextmanager
def name_taken_by_somebody(key: str, *, listening: bool) -> Iterator[None]:
    """Another user has the name by which those who write to a target keep each other out; it is she who goes on."""
    name = f"\0interact-connector-{blake2b(key.encode(), digest_size=16).hexdigest()}"
    with somebody(SOMEBODY), closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as squatter:
        squatter.bind(name)
        if listening:
            squatter.listen()
        yield


@AS_ROOT
@pytest.mark.parametrize("listening", [True, False])
def test_no_other_user_can_block_a_target_of_a_shared_ledger(tmp_path: Path, listening: bool) -> None:
    key = str(tmp_path)
    with name_taken_by_somebody(key, listening=listening):
        os.seteuid(0)
        with only_here(key, shared="one"), only_here(key, shared="one"):
            pass


@AS_ROOT
@pytest.mark.parametrize("listening", [True, False])
def test_no_other_user_can_block_a_target(tmp_path: Path, listening: bool) -> None:
    key = str(tmp_path)
    with name_taken_by_somebody(key, listening=listening):
        with pytest.raises(LeaseHeld), only_here(key):
            pass
        os.seteuid(0)
        with only_here(key, tmp_path), pytest.raises(LeaseHeld), only_here(key, tmp_path):
            pass


@AS_ROOT
def test_root_and_the_service_exclude_each_other(shared: Path) -> None:
    folder = shared / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, SOMEBODY, SOMEBODY)
    other = shared / "other"
    other.mkdir(mode=0o700)
    os.chown(other, SOMEBODY, SOMEBODY)
    with only_here(str(shared), folder):
        for where in (folder, other):
            with somebody(SOMEBODY), pytest.raises(LeaseHeld), only_here(str(shared), where):
                pass
    with somebody(SOMEBODY), only_here(str(shared), folder):
        os.seteuid(0)
        for where in (folder, other):
            with pytest.raises(LeaseHeld), only_here(str(shared), where):
                pass
