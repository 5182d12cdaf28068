"""What the tests of workers share."""

from __future__ import annotations

from typing import Any

import pytest

from connector.removal import hiding
from connector.runs import seat, sharing
from connector.wiring import seat as waiting_seat
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes a part in a run looks often at how it goes."""
    monkeypatch.setattr(seat, "BEAT_S", 0.05)
    monkeypatch.setattr(waiting_seat, "LOOK_S", 0.01)
    monkeypatch.setattr(sharing, "LOOK_S", 0.05)
    monkeypatch.setattr(sharing, "HELD_LOOK_S", 0.1)
    monkeypatch.setattr(hiding, "LOOK_S", 0.05)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rooms were left to the run itself, each time that others had walked."""
    found: list[int] = []
    fold = sharing.Sharing._fold

    def folded(*given: Any) -> Any:
        found.append(len(rooms := fold(*given)))
        return rooms

    monkeypatch.setattr(sharing.Sharing, "_fold", folded)
    return found
