"""A connector between the sandbox's ITR and Interact over real sockets: what tests of the ITR source start from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connector.sandbox.itr import ItrWorld
from connector.sandbox.run import Neighbours, open_sandbox
from tests.neighbourhood import Neighbourhood

SESSION = "0b2b735c-6aca-56a9-97bb-424cce4270e7"
"""A finished session of Zoë Müller-Lüdenscheidt, with two tests and two reports."""
TEST = "8f2ca525-7847-5a18-93ca-da8a1e58eb4b"
MASTER_TEST = "7976ca39-c2c3-540a-9836-122acfd4b116"
BATTERY = "0fa0eb3d-55f7-547d-8c3d-2baa4f1f6c0e"
MASTER_BATTERY = "36c7955c-f5d0-575c-ba74-220e1474859c"
NO_END = "2099-01-01T00:00:00+00:00"
"""When the licences of most logins end."""


class ItrCompany(Neighbourhood):
    """One company's ITR beside an intranet; Interaxo only where a test adds it."""

    def __init__(self, folder: Path, neighbours: Neighbours) -> None:
        super().__init__(folder, neighbours)
        self.itr: ItrWorld = neighbours.itr
        self.itr.quirks.calls_per_s = self.itr.quirks.logins_per_s = None
        self.both = dict(self.values)
        """Settings of the other source, for tests that want two."""
        self.values = {key: value for key, value in self.values.items() if not key.startswith("sources.")}
        self.values |= neighbours.itr_settings()
        self.values |= {"sources.itr.calls_per_s": 5_000, "sources.itr.audience_share": 0.001}

    def calls(self, part: str = "") -> list[str]:
        """Paths of the calls to ITR so far that contain a part."""
        return [call.path for call in self.wire.calls if call.server == "itr" and part in call.path]


@asynccontextmanager
async def itr_company(folder: Path) -> AsyncIterator[ItrCompany]:
    """Start the neighbours around the recorded company."""
    async with open_sandbox() as neighbours:
        yield ItrCompany(folder, neighbours)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[ItrCompany]:
    async with itr_company(tmp_path) as made:
        yield made
