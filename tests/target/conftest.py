"""What tests of an intranet's client have in common."""

from __future__ import annotations

import pytest


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause before a call is repeated."""
    monkeypatch.setattr("connector.http.retries.FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr("connector.http.retries.FIRST_PAUSE_REFUSED_S", 0.0)
