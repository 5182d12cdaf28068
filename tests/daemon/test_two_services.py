"""Two services that somebody started with one ledger in a file: each run is done by both."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from connector.app import App
from connector.machine import lock
from connector.machine.lock import count_serving, serving
from connector.status.target_status import tell_status
from tests import ledgers
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood


def matters(app: App, now: float) -> str:
    """What `connector status` says is the matter."""
    with app.ledger() as ledger:
        told = tell_status(app, ledger, now=now)
    return str(told["targets"]["intranet"]["matters"])


@ledgers.IN_A_FILE
@pytest.mark.parametrize("services", [1, 2])
async def test_two_services_with_a_ledger_in_a_file_are_told_by_status(tmp_path: Path, services: int) -> None:
    """Only the log of the second one said so."""
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        app = near.app()
        assert app.ledger_file is not None
        with ExitStack() as serve:
            for _ in range(services):
                serve.enter_context(serving(app.ledger_file.parent))
            said = "2 services work with this ledger" in matters(app, near.clock())
            assert said == (services == 2)
        assert "services work" not in matters(app, near.clock())


def test_where_the_system_does_not_tell_who_holds_what_none_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count_serving(tmp_path) == 0, "no service was ever there"
    with serving(tmp_path):
        assert count_serving(tmp_path) == 1
        monkeypatch.setattr(lock, "LOCKS", tmp_path / "none")
        assert count_serving(tmp_path) == 0
