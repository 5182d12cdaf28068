"""A room with a folder and two files in it, as the ledger knows them."""

from __future__ import annotations

import pytest

from tests.desk import Desk


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    blank_desk.add("ix-d1", "ix-r1", listed={"kind": "folder"})
    for name in ("ix-f1", "ix-f2"):
        blank_desk.add(name, "ix-d1")
    return blank_desk
