"""A room with three documents that two people may see, and whatever is sent of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access.audience_work import TWO
from tests.desk import Desk, Post


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    one.add_room("r1")
    for name in ("ix-f1", "ix-f2", "ix-f3"):
        one.add(name, "ix-r1", audience=TWO)
    one.add("ix-r1", "", audience=TWO)
    yield one
    one.close()


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post(desk)
