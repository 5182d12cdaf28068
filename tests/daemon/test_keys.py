"""Keys are changed under a service that runs: refused meanwhile, nothing lost, and the new one counts from a reload on (docs/keys.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connector.app import KINDS, App
from connector.plan.item import Mode
from connector.sandbox.run import open_sandbox
from connector.settings import load
from tests.builders import make_toml
from tests.daemon.serving import ended, make_service, serving, until
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood
from tests.patience import IN_VAIN_S

OF_THE_INTRANET = "targets.intranet.api_key"
NEW = {
    OF_THE_INTRANET: "second-key-of-ours",
    "sources.interaxo.client_secret": "second-phrase-of-ours",
    "sources.itr.password": "second-pass-of-ours",
    "sources.itr.totp_secret": "KRSXG5CTMVRXEZLUKN2HE2LOM4",
}


class House(Neighbourhood):
    """Rooms and ITR beside an intranet, and what changes a key of theirs."""

    neighbours: Any

    def change(self, key: str) -> None:
        """Have the neighbour take the new key, and no other; a token of before would be good for an hour."""
        self.rooms.quirks.token_calls = 20
        world, name = {
            OF_THE_INTRANET: (self.intranet, "api_key"),
            "sources.interaxo.client_secret": (self.rooms, "client_secret"),
            "sources.itr.password": (self.neighbours.itr, "password"),
            "sources.itr.totp_secret": (self.neighbours.itr, "totp_secret"),
        }[key]
        setattr(world, name, NEW[key])


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_sandbox(furnish_small) as neighbours:
        neighbours.itr.quirks.calls_per_s = neighbours.itr.quirks.logins_per_s = None
        neighbours.itr.quirks.mfa = "CODE"
        house = House(tmp_path, neighbours)
        house.neighbours = neighbours
        house.values |= neighbours.itr_settings()
        house.values |= {
            "sources.itr.calls_per_s": 5_000,
            "sources.itr.totp_secret": neighbours.itr.totp_secret,
            "service.listen": "127.0.0.1:0",
            "service.token": "first-token-of-ours",
        }
        yield house


def last(house: House) -> dict[str, Any]:
    with house.app().ledger() as ledger:
        (run,) = ledger.runs("intranet").recent(1)
    assert run.report is not None
    told: dict[str, Any] = msgspec.json.decode(run.report)
    return told


@pytest.mark.parametrize("key", NEW)
async def test_a_key_that_is_changed_at_the_neighbour_costs_runs_and_nothing_else(
    house: House, key: str
) -> None:
    service = make_service(house)
    async with (
        serving(service),
        httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
    ):
        await until(ended(service, house, 1))
        before = house.found()
        assert len(before) > 50
        house.change(key)
        service.ask("intranet", Mode.FULL)
        await until(ended(service, house, 2))
        told = last(house)
        assert told["outcome"] == ("failed" if key == OF_THE_INTRANET else "withheld")
        assert key.rpartition(".")[0] in " ".join(told["reasons"]), "the setting to mend is named"
        assert house.found() == before
        assert told["documents"]["deleted"] == told["documents"]["held"] == 0
        page = (await client.get("/")).text
        assert (
            "The last run failed" if key == OF_THE_INTRANET else "Search may lack what changed in"
        ) in page
        house.values[key] = NEW[key]
        service.reload()
        await until(lambda: _secret(service._app, key) == NEW[key])
        service.ask("intranet", Mode.FULL)
        await until(ended(service, house, 3))
        assert last(house)["outcome"] == "succeeded"
        assert house.found() == before
        assert NEW[key] not in (await client.get("/")).text


async def test_who_signed_in_with_an_older_token_is_signed_out_by_the_reload(house: House) -> None:
    service = make_service(house)
    async with (
        serving(service),
        httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
    ):
        await until(ended(service, house, 1))
        assert (await client.post("/sign-in", data={"token": "first-token-of-ours"})).status_code == 303
        assert "Sign out" in (await client.get("/")).text
        house.values["service.token"] = "second-token-of-ours"
        house.values["safety.max_deletes"] = 7
        service.reload()
        await until(lambda: service._app.settings.safety.max_deletes == 7)
        assert "Sign out" not in (await client.get("/")).text
        assert (await client.post("/sign-in", data={"token": "first-token-of-ours"})).status_code == 403
        assert (await client.post("/sign-in", data={"token": "second-token-of-ours"})).status_code == 303
        assert service.refused == ""


@pytest.mark.parametrize("place", ["settings", "file", "folder", "credentials"])
def test_a_reload_reads_anew_what_stands_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """systemd fills its folder when it starts a service: there only a restart brings another key."""
    kept, file = tmp_path / "kept" / OF_THE_INTRANET, tmp_path / "settings.toml"
    kept.parent.mkdir()
    monkeypatch.setenv("CONNECTOR_SOURCES__INTERAXO__CLIENT_ID", "ours")
    monkeypatch.setenv("CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET", "a-phrase-of-ours")
    if place == "file":
        monkeypatch.setenv("CONNECTOR_TARGETS__INTRANET__API_KEY_FILE", str(kept))
    elif place == "folder":
        monkeypatch.setattr("connector.settings.RUN_SECRETS", kept.parent)
    elif place == "credentials":
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(kept.parent))
    for value in ("first-key-of-ours", "second-key-of-ours"):
        kept.write_text(f"{value}\n", encoding="utf-8")
        file.write_text(
            make_toml(targets__intranet__api_key=value if place == "settings" else None), encoding="utf-8"
        )
        settings = load(file, kinds=KINDS).settings
        assert settings.targets["intranet"].api_key.get_secret_value() == value


def _secret(app: App, key: str) -> str:
    kind, name, leaf = key.split(".")
    return str(getattr(getattr(app.settings, kind)[name], leaf).get_secret_value())
