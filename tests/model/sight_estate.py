"""Several intranets of one ledger, and where the settings let each source go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from connector.sandbox.faults import RESET_BEFORE, Fault
from tests import ledgers
from tests.model.sight_beside import LIBRARY, OFFICE, Library, Office
from tests.model.sight_world import World
from tests.neighbourhood import Neighbourhood

if TYPE_CHECKING:
    from tests.model.sight_several import Part

FINE = ("succeeded", "quarantined")
NORTH, SOUTH = "intranet", "south"
ROOMS = {"interaxo": "ix", "rooms": "ro"}
"""Sources that read the same rooms, with their prefixes."""
MOST_BACKUPS = 3
PREFIXES = {**ROOMS, OFFICE: "itr", LIBRARY: "ij"}


class Several:
    """Every intranet, and where each source goes."""

    def __init__(
        self, near: Neighbourhood, world: World, office: Office, library: Library, south: Mapping[str, Any]
    ) -> None:
        self.near, self.world, self.office, self.library = near, world, office, library
        self.away: dict[str, dict[str, Any]] = {}
        """Settings of what is taken out of them, by source, or by target with all its sources."""
        self._backups: list[Path] = []
        near.values |= south
        near.values |= {
            key.replace(".interaxo.", ".rooms.", 1): value
            for key, value in near.values.items()
            if key.startswith("sources.interaxo.")
        }
        near.values["sources.rooms.id_prefix"] = "ro"
        self.sights: dict[str, Part] = {}

    def goes_to(self, source: str) -> str:
        """The target of a source; empty where the settings have it not."""
        return str(self.near.values.get(f"sources.{source}.target", ""))

    def sources_of(self, target: str) -> list[str]:
        """What fills a target."""
        return [one for one in PREFIXES if self.goes_to(one) == target]

    def targets(self) -> list[str]:
        """Those that the settings have."""
        return [one for one in self.sights if one not in self.away]

    def point(self, dice: Random) -> None:
        """A source goes to another intranet from now on, is taken out of the settings, or is there again."""
        source = dice.choice([*PREFIXES])
        if source in self.away:
            self._back(source)
        where = dice.choice([*self.targets(), ""])
        if self.goes_to(source) and where:
            self.near.values[f"sources.{source}.target"] = where
        elif (
            self.goes_to(source) and len(list(filter(self.goes_to, PREFIXES))) > 1
        ):  # settings have one at least
            self._away(source, [f"sources.{source}."])

    def take_target(self, dice: Random) -> None:
        """An intranet is taken out of the settings with all its sources, or is there again."""
        if SOUTH in self.away:
            self._back(SOUTH)
            return
        own = [f"sources.{one}." for one in self.sources_of(SOUTH)]
        if not self.sources_of(NORTH):
            return  # settings have one source at least
        self._away(SOUTH, [f"targets.{SOUTH}.", *own])

    def _away(self, name: str, prefixes: list[str]) -> None:
        values = self.near.values
        self.away[name] = {key: values[key] for key in values if key.startswith(tuple(prefixes))}
        for key in self.away[name]:
            del values[key]

    def _back(self, name: str) -> None:
        kept = self.away.pop(name)
        if (target := kept.get(f"sources.{name}.target")) and target not in self.targets():
            kept[f"sources.{name}.target"] = NORTH
        self.near.values |= kept

    async def side_by_side(self, dice: Random) -> None:
        """Each intranet has its run at the same time, or one has while something is forgotten or hidden in the other."""
        parts = [self.sights[one] for one in self.targets()]
        dice.shuffle(parts)
        for one in parts:
            one.begin()
        ears = Fault(
            lambda call: [one.heard.hear(call, for_sure=False) for one in parts] == [],
            RESET_BEFORE,
            times=None,
        )
        self.near.wire.faults.insert(0, ears)
        works = [parts[0].go(dice.choice(["delta", "full", "people"]))]
        if len(parts) > 1:
            mode = dice.choice(["delta", "full"])
            works.append(
                dice.choice(
                    [lambda: parts[1].go(mode), lambda: parts[1].forget(dice), lambda: parts[1].hide(dice)]
                )()
            )
        await asyncio.gather(*works)
        self.near.wire.faults.clear()
        for one in parts:
            one.look()

    def keep_ledger(self, dice: Random) -> None:
        """Take a backup of the ledger, or put one of some runs ago back."""
        if not ledgers.is_there(self.near.folder):
            return
        if not self._backups or (len(self._backups) < MOST_BACKUPS and dice.random() < 0.5):
            self._backups.append(self.near.folder / f"backup-{len(self._backups)}.db")
            ledgers.copy(self.near.folder, self._backups[-1])
            return
        ledgers.restore(self.near.folder, dice.choice(self._backups))
        self._doubt()

    def lose_ledger(self) -> None:
        """Nothing is known any more but what stands in the intranets."""
        ledgers.lose(self.near.folder)
        self._doubt()

    def _doubt(self) -> None:
        for one in self.sights.values():
            one.doubt, one.doubted = 2, True
            one.report = None

    async def end(self) -> None:
        """Everybody finds in each intranet what its sources show."""
        if SOUTH in self.away:
            self._back(SOUTH)
        self.world.show_rooms(Random(0))
        for one in self.sights.values():
            await one.end()
