"""Rules 1 and 4: a backup that is put back brings along what it removed itself: no brake is pulled for it once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ledger import backup
from tests import ledgers
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import copy_ledger, files_of, ledger_file, plain_world


def restore(near: Neighbourhood, copy: Path) -> None:
    """As `connector ledger restore` does."""
    backup.restore(copy, ledger_file(near), now=near.clock())


@pytest.mark.skipif(ledgers.ON_POSTGRES, reason="a copy is put back into a file")
async def test_what_a_copy_removed_itself_pulls_no_brake_after_it_is_put_back(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60, omega=60) as (near, roots):
        await near.run("full")
        for one in files_of(near, roots["alpha"])[:20]:
            near.rooms.remove(one)
        report = await near.run("delta")
        if report.outcome == "braked":
            report = await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected()
        copy = tmp_path / "copy.db"
        copy_ledger(near, copy)
        restore(near, copy)
        for _ in range(2):
            near.clock.pass_seconds(86_400)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
        assert near.found() == near.expected()
