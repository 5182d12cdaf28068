"""A room with a folder and two files in it, as the ledger knows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    one.add_room("r1")
    one.add("ix-d1", "ix-r1", listed={"kind": "folder"})
    for name in ("ix-f1", "ix-f2"):
        one.add(name, "ix-d1")
    yield one
    one.close()
