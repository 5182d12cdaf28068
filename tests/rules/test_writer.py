"""Rules 8 and 10: one writer per target; secrets never leave."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector.errors import LeaseHeld
from connector.ledger import database
from connector.runs import lease_of_run
from connector.sandbox.faults import Status
from tests import ledgers
from tests.later import later_release
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    ask_ledger,
    break_all,
    calls,
    files_of,
    ledger_file,
    live_gone,
    plain_world,
    small_world,
    tables,
    when,
)

DAY_S = 86_400
TAKEN_OVER = "UPDATE leases SET fence=fence+1, reach='elsewhere', expires_at=9e12"


async def test_two_runs_at_once_are_one_run(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        results = await asyncio.gather(near.run("full"), near.run("full"), return_exceptions=True)
        assert [type(one) for one in results].count(LeaseHeld) == 1
        assert near.found() == near.expected()


async def test_two_ledgers_on_one_machine_are_one_run(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        other = Neighbourhood.__new__(Neighbourhood)
        other.__dict__.update(near.__dict__)
        other.folder = tmp_path / "other"
        other.folder.mkdir()
        results = await asyncio.gather(near.run("full"), other.run("full"), return_exceptions=True)
        assert [type(one) for one in results].count(LeaseHeld) == 1


async def test_two_ledgers_in_turn_lose_nothing_and_notice_each_other(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        other = Neighbourhood.__new__(Neighbourhood)
        other.__dict__.update(near.__dict__)
        other.folder = tmp_path / "other"
        other.folder.mkdir()
        await near.run("full")
        for _ in range(2):
            for one in (other, near):
                report = await one.run("full")
                assert any("ledger" in reason for reason in report.reasons), report.reasons
        assert near.found() == near.expected()
        assert not near.intranet.deletions


async def test_a_run_ends_at_the_next_beat_once_a_newer_release_has_migrated_its_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote by the schema of before would be written into the one after."""
    monkeypatch.setattr(lease_of_run, "BEAT_S", 0.0)
    async with plain_world(tmp_path, alpha=20) as (near, roots):
        await near.run("full")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        before = near.found()
        near.wire.clear()

        def migrate() -> None:
            later_release(tmp_path, monkeypatch)
            database.connect(ledgers.url_of(near.folder) or f"sqlite:///{ledger_file(near)}").close()

        when(near, lambda call: call.path.endswith("/children"), migrate)
        report = await near.run("full")
        assert report.outcome == "failed"
        assert (
            "A newer release brought the ledger to its schema (9998) while this run worked"
            in report.reasons[0]
        )
        assert near.found() == before
        assert not calls(near, "docs/delete") + calls(near, "docs/endsyncsession")


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_run_that_lost_its_lease_removes_nothing_and_ends_nothing(tmp_path: Path, mode: str) -> None:
    async with plain_world(tmp_path, alpha=20) as (near, roots):
        await near.run("full")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        before = near.found()
        near.wire.clear()
        when(
            near,
            lambda call: call.path.endswith("/children"),
            lambda: ask_ledger(near, TAKEN_OVER),
        )
        report = await near.run(mode)
        assert report.outcome == "failed"
        assert near.found() == before
        assert not calls(near, "docs/delete")
        assert not calls(near, "docs/endsyncsession")


@pytest.mark.parametrize(
    "path", ["docs/beginsyncsession", "docs/addupdate", "docs/delete", "users/addupdate"]
)
async def test_nothing_is_tried_again_after_another_run_took_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Who stands still between two tries for longer than a lease lasts, say."""
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"] = 3
        await near.run("full")
        near.rooms.remove(small.report)
        near.clock.pass_seconds(DAY_S)
        monkeypatch.setattr("connector.runs.run.ASKED_S", 0.0)
        near.wire.clear()
        break_all(near, f"PUT *{path}", Status(503))
        when(near, lambda call: call.path.endswith(path), lambda: ask_ledger(near, TAKEN_OVER))
        report = await near.run("full")
        assert report.outcome == "failed"
        assert len(calls(near, path)) == 1


@ledgers.IN_A_FILE
async def test_lease_of_a_dead_holder_elsewhere_is_free_after_a_minute(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        until = near.clock.now + 55
        ask_ledger(near, f"UPDATE leases SET reach='elsewhere', expires_at={until}")
        with pytest.raises(LeaseHeld):
            await near.run("delta")
        near.clock.pass_seconds(60)
        assert (await near.run("delta")).outcome == "succeeded"


async def test_secrets_stand_neither_in_the_ledger_nor_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.intranet.api_key = "another-key"
        report = await near.run("full")
        near.intranet.api_key = "sandbox-interact-key"
        secrets = ["sandbox-interact-key", "sandbox-client-secret", "sandbox-token-"]
        files = b"".join(file.read_bytes() for file in ledger_file(near).parent.glob("ledger.db*"))
        written = files + repr(tables(near)).encode()
        out = capsys.readouterr()
        for secret in secrets:
            assert secret.encode() not in written
            assert secret not in report.as_text() + out.out + out.err
        assert report.outcome == "failed"
        assert "api_key" in " ".join(report.reasons)


async def test_no_redirect_is_followed(tmp_path: Path) -> None:
    from connector.sandbox.faults import REDIRECT
    from tests.rules.ground import break_all

    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        for match in ("PUT *", "GET */children", "GET *rooms", "POST *", "GET *state"):
            near.wire.clear()
            break_all(near, match, REDIRECT)
            await near.run("full")
            assert not calls(near, "elsewhere"), match
            assert not live_gone(near)
            assert not near.intranet.deletions
