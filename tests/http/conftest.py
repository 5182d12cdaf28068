"""What tests of calls through proxies and over TLS have in common."""

from __future__ import annotations

import pytest

from tests.authority import Authority
from tests.http.tunnels import VARIABLES


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable that says something of the network."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "api.example.com", "localhost")
