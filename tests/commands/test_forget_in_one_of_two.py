"""`connector forget` where one ledger fills several intranets: the certificate names the others that have it, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.plan.item import Mode
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.server import serve
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood
from tests.rules.hiding import forget

TARGETS = ("intranet", "south")


@pytest.mark.parametrize("what", ["plan.pdf", "kari@example.com"])
async def test_a_certificate_names_another_target_that_has_what_was_forgotten(
    tmp_path: Path, what: str
) -> None:
    south = InteractWorld()
    south.tenant = "22222222-5f0e-4c0b-9f6e-2f8f3f0c0d02"
    async with neighbourhood(tmp_path, furnish_small) as near, serve(InteractApp(south), near.wire) as url:
        near.values |= {
            f"sources.rooms.{key.removeprefix('sources.interaxo.')}": value
            for key, value in near.values.items()
            if key.startswith("sources.interaxo.")
        }
        near.values |= {
            "targets.south.base_url": url,
            "targets.south.tenant": south.tenant,
            "targets.south.app_id": str(south.app_id),
            "targets.south.api_key": south.api_key,
            "sources.interaxo.target": "intranet",
            "sources.rooms.target": "south",
            "sources.rooms.id_prefix": "ro",
        }
        for intranet in (near.intranet, south):
            intranet.seed_person("kari@example.com", "Kari", [])
        for target in TARGETS:
            assert (
                await near.app().run(target, near.app().options(target, Mode.FULL))
            ).outcome == "succeeded"
        first, second = [await forget(near.app(), what, target) for target in TARGETS]
        assert first["complete"]
        assert first["not_reached"][0].endswith("To erase it there: connector forget --target south")
        assert "--target" not in str(second["not_reached"])
