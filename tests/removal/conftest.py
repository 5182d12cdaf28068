"""Two rooms, one with folders and files in it, as the tests of suspects and of removals begin."""

from __future__ import annotations

import pytest

from tests.desk import SOURCE, Desk
from tests.ledger_pushes import UNTOLD


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    for key in ("r1", "r2"):
        blank_desk.add_room(key)
    blank_desk.add("ix-d1", "ix-r1", listed={"kind": "folder"})
    blank_desk.add("ix-d2", "ix-d1", listed={"kind": "folder"})
    for name in ("ix-f1", "ix-f2", "ix-f3", "ix-f4", "ix-f5"):
        blank_desk.add(name, "ix-d2")
    blank_desk.documents.see_containers(
        [
            {
                "id": i,
                "source": SOURCE,
                "room": i[3:5],
                "run": Desk.run,
                "proven": b"",
                "unsteady": False,
                **UNTOLD,
            }
            for i in ("ix-r1", "ix-r2")
        ]
        + [
            {
                "id": i,
                "source": SOURCE,
                "room": "r1",
                "run": Desk.run,
                "proven": b"",
                "unsteady": False,
                **UNTOLD,
            }
            for i in ("ix-d1", "ix-d2")
        ]
    )
    return blank_desk
