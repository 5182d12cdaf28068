"""
The model of what changes its place: rooms of two communities that open, close and hide while things move among them; a
source that is read at another address, which is the same, a copy, or another system; a ledger that is lost, or put
back, while documents stand in quarantine.

A person decides now and then about what is held. Nothing that the source has is ever removed, by whatever run.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from connector.plan.report import Report
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import Item, Room
from tests import ledgers
from tests.estates import EVERYONE, furnish_small
from tests.model.machine import Machine

OTHER = "other-corp"
ADDRESS = "sources.interaxo.base_url"
CLIENT = "sources.interaxo.client_id"
NAMES = ("127.0.0.1", "localhost")
MAPPED = ("file", "folder", "entry")
MOVING = ("simple-folder", "active-folder", "file", "external-link", "internal-link", "entry")
HOLDERS = ("simple-folder", "entry", "active-folder")
MOST_ROOMS = 5
DECISIONS = 6

Contents = tuple[dict[str, Item], dict[str, Room]]
"""Items and rooms of a world."""


class PlacesMachine(Machine):
    """Rooms among which things move, and ledgers and addresses that change under them."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: list[Contents] = []
        """What other addresses have, by the number of the account that reads them there."""
        self.forgetful = True
        """The ledger may lack what the intranet has: nobody could tell then what a copy of the source lacks."""
        rooms = self.near.rooms
        rooms.add_community(OTHER, "Other Corp")
        rooms.add_group(OTHER, "all", "All")
        rooms.add_group(OTHER, "few", "A few")
        self.annex = rooms.add_room(OTHER, "annex", "Annex", authorities=EVERYONE)
        rooms.add_file(self.annex, "annex.txt", content=b"an annex")

    @initialize(first=st.sampled_from(["backfill", "full", "delta", "none"]))
    def load(self, first: str) -> None:
        super().load(first)

    # -- rooms ----------------------------------------------------------------------------------

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Anything goes anywhere that can hold it, also into another room or community."""
        self._move(data)

    def _move(self, data: st.DataObject) -> None:
        item = self.pick(data, *MOVING)
        if not (places := self.folders() + self.items(*HOLDERS[1:])):
            return
        target = data.draw(st.sampled_from(places))
        if item and item not in self.ancestors(target) and not self._is_bound(item):
            try:
                self.near.rooms.move(item, target)
            except ValueError:
                return  # such a container holds no such items

    def _is_bound(self, item: str) -> bool:
        """Entries keep to their folder: their fields are its fields."""
        return self.near.rooms.item(item).type == "entry"

    @rule(community=st.sampled_from(["example-corp", OTHER]))
    def open_room(self, community: str) -> None:
        rooms = self.near.rooms
        if len(rooms.rooms) < MOST_ROOMS:
            self.count += 1
            root = rooms.add_room(community, f"room-{self.count}", f"Room {self.count}", authorities=EVERYONE)
            rooms.add_file(root, f"file of {self.count}.txt", content=b"words")

    @rule(data=st.data())
    def close_room(self, data: st.DataObject) -> None:
        others = sorted(self.near.rooms.rooms.keys() - {self.small[0].tunnel, self.small[0].bridge})
        if others:
            root = data.draw(st.sampled_from(others))
            self.near.rooms.remove_room(root)
            self.hidden_rooms.discard(root)

    @rule(status=st.sampled_from([403, 404]))
    def hide_room(self, status: int) -> None:
        self._hide(self.small[0].tunnel, status)

    @rule(data=st.data(), status=st.sampled_from([403, 404]))
    def hide_any_room(self, data: st.DataObject, status: int) -> None:
        self._hide(data.draw(st.sampled_from(sorted(self.near.rooms.rooms))), status)

    def _hide(self, root: str, status: int) -> None:
        if self.near.rooms.rooms.keys() - self.hidden_rooms - {root}:
            self.near.rooms.hide_room(root, status)
            self.hidden_rooms.add(root)

    @rule()
    def unhide_room(self) -> None:
        for root in self.hidden_rooms:
            self.near.rooms.unhide_room(root)
        self.hidden_rooms.clear()

    # -- addresses --------------------------------------------------------------------------------

    def go(self, mode: str, **wanted: Any) -> Report:
        report = super().go(mode, **wanted)
        if report.outcome in {"succeeded", "quarantined"}:
            self.forgetful = False
        return report

    @rule()
    def read_it_at_another_address(self) -> None:
        """The same rooms, by another name of their host."""
        address = self.near.values[ADDRESS]
        here, there = NAMES if NAMES[0] in address else NAMES[::-1]
        self.near.values[ADDRESS] = address.replace(here, there)

    @precondition(lambda self: not self.forgetful)
    @rule(
        data=st.data(),
        modes=st.lists(st.sampled_from(["delta", "full"]), min_size=1, max_size=3),
        what=st.sampled_from(["copy", "copy", "other system", "earlier copy"]),
    )
    def read_another_for_a_while(self, data: st.DataObject, modes: list[str], what: str) -> None:
        """Settings that point at a copy of the source, which lacks this and that, or at another system altogether."""
        if what == "earlier copy" and self.copies:
            number = data.draw(st.integers(0, len(self.copies) - 1))
        else:
            self.copies.append(self._other_system() if what == "other system" else self._copy(data))
            number = len(self.copies) - 1
        world, values = self.near.rooms, dict(self.near.values)
        real = world._items, world.rooms, world.client_id
        world._items, world.rooms = self.copies[number]
        world.client_id = self.near.values[CLIENT] = f"copy-{number}"
        try:
            for mode in modes:
                self.near.clock.pass_seconds(200)
                self.go(mode)
                self.an_end_follows_clean_begins_only()
        finally:
            world._items, world.rooms, world.client_id = real
            self.near.values = values

    def _copy(self, data: st.DataObject) -> Contents:
        """The source as it stands, without a few items."""
        items, rooms = copy.deepcopy((self.near.rooms._items, self.near.rooms.rooms))
        wanted = self.items(*MOVING)
        lacking = data.draw(st.lists(st.sampled_from(wanted), max_size=4, unique=True)) if wanted else []
        world, real = self.near.rooms, (self.near.rooms._items, self.near.rooms.rooms)
        world._items, world.rooms = items, rooms
        try:
            for item in lacking:
                if world.find(item) is not None:
                    world.remove(item)
        finally:
            world._items, world.rooms = real
        return items, rooms

    def _other_system(self) -> Contents:
        elsewhere = InteraxoWorld(seed=7 + len(self.copies))
        furnish_small(elsewhere)
        return elsewhere._items, elsewhere.rooms

    # -- ledgers and quarantine ---------------------------------------------------------------------

    @rule(words=st.sampled_from(["e", "file", "renamed", "txt"]), kind=st.sampled_from(MAPPED))
    def break_mapping(self, words: str, kind: str) -> None:
        """A template that fails for some: they go to quarantine."""
        self.near.values[_title(kind)] = f"{{{{ 1 / 0 if '{words}' in item.name else item.name }}}}"

    @rule()
    def mend_mapping(self) -> None:
        for kind in MAPPED:
            self.near.values.pop(_title(kind), None)

    @rule()
    def lose_ledger(self) -> None:
        self.strangers = self.forgetful = True
        ledgers.lose(self.folder / "first")

    @precondition(lambda self: (self.folder / "first" / "var" / "backup.db").exists())
    @rule()
    def restore_ledger(self) -> None:
        self.forgetful = self.strangers = True  # a room may have opened since, and be hidden now
        super().restore_ledger()

    @rule(how=st.sampled_from(["approve", "keep"]), first=st.sampled_from(["delta", "full"]))
    def decide(self, how: str, first: str) -> None:
        """A person looks at a run and decides about what it held."""
        report = self.go(first)
        self.near.clock.pass_seconds(200)
        if how == "approve":
            self.strangers = self.strangers or bool(self.hidden_rooms)  # whose documents it may have held
            self.go("delta", approve=report.run_id)
        else:
            self.go("delta", keep=report.run_id)

    def second_connector(self, mode: str) -> None:
        """The business of the other machine."""

    # -- the end ------------------------------------------------------------------------------------

    def audiences(self) -> dict[str, set[str]]:
        communities = {root: room.community for root, room in self.near.rooms.rooms.items()}
        return {
            f"ix-{item.id}": {
                f"interaxo:{kind}:{communities[item.room] + '/' if kind == 'group' else ''}{name}"
                for kind, name in self.room_audience(item.room)
            }
            for item in self.near.rooms.items()
        }

    def make_good(self) -> None:
        self.mend_mapping()
        super().make_good()

    async def _last_runs(self) -> Report:
        """What is held is decided, as often as it takes."""
        await self.near.run("delta")
        report = await self.near.run("full")
        for _ in range(DECISIONS):
            if not report.held and report.outcome != "braked":
                break
            self.near.clock.pass_seconds(90_000)
            await self.near.run("delta", approve=report.run_id)
            self.near.clock.pass_seconds(90_000)
            report = await self.near.run("full")
        return report


def _title(kind: str) -> str:
    return f"sources.interaxo.mapping.{kind}.title"
