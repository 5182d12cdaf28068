"""A room with three documents that two people may see, and whatever is sent of them."""

from __future__ import annotations

import pytest

from tests.access.audience_work import TWO
from tests.desk import Desk, Post


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    for name in ("ix-f1", "ix-f2", "ix-f3"):
        blank_desk.add(name, "ix-r1", audience=TWO)
    blank_desk.add("ix-r1", "", audience=TWO)
    return blank_desk


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post(desk)
