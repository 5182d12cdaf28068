"""Some of the rules are attacked with as many readers as production has, too."""

from __future__ import annotations

import pytest

from tests.rules import ground

ALSO_WITH_16 = ("test_proof", "test_gate")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play each test of these modules twice."""
    if metafunc.module.__name__.rpartition(".")[2] in ALSO_WITH_16:
        metafunc.fixturenames.append("readers")
        metafunc.parametrize("readers", [ground.READERS, 16], indirect=True)


@pytest.fixture
def readers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worlds be made with so many readers."""
    monkeypatch.setattr(ground, "READERS", request.param)
