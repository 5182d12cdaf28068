"""One suite that all sources pass: Interaxo, ITR, Interject and the example of docs/sources.md."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from connector.conformance.example.source import NOTES
from connector.conformance.example.world import notes_world
from connector.conformance.suite import Conformance
from connector.conformance.world import Now, World
from connector.sources.interject import files
from tests.sources.worlds import interaxo_world, interject_world, itr_world


class TestExample(Conformance):
    kinds = (NOTES,)

    def world(self, folder: Path, now: Now) -> AbstractAsyncContextManager[World]:
        return notes_world(folder)


class TestInterject(Conformance):
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "PAUSE_S", 0.0)

    def world(self, folder: Path, now: Now) -> AbstractAsyncContextManager[World]:
        return interject_world(folder, now)


class TestInteraxo(Conformance):
    def world(self, folder: Path, now: Now) -> AbstractAsyncContextManager[World]:
        return interaxo_world(folder)


class TestItr(Conformance):
    def world(self, folder: Path, now: Now) -> AbstractAsyncContextManager[World]:
        return itr_world()
