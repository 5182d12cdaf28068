"""What tests of this machine have in common."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import short_cuts


@pytest.fixture(autouse=True)
def as_in_every_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made belongs to whom it should."""
    short_cuts.leave(monkeypatch)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody of the machine can reach, as pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="connector-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
