"""What most tests of sources read: Interaxo with a few items, ITR with one company, its account alone, and exports of Interject without a wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.estates import Small, furnish_small
from tests.sources.interaxo_desk import Desk, desk
from tests.sources.interject_library import at_once  # noqa: F401 - a fixture
from tests.sources.itr_bench import Bench
from tests.sources.itr_company import company  # noqa: F401 - a fixture


@pytest.fixture
def small() -> list[Small]:
    """What stands in the rooms of `here`, once it is furnished."""
    return []


@pytest.fixture
async def here(tmp_path: Path, small: list[Small]) -> AsyncIterator[Desk]:
    async with desk(tmp_path, lambda world: small.append(furnish_small(world))) as one:
        yield one


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.http.__aexit__(None, None, None)
