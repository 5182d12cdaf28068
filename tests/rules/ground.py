"""What the attacks on the rules start from: worlds, the ledger's file, and hooks in the wire."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connector.sandbox.faults import RESET_BEFORE, Call, Fault, How, Instead
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_objects import Writer
from tests import ledgers
from tests.estates import EVERYONE, Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood

FEW = [("group", "few")]
ALL_AND_FEW = [("group", "all"), ("group", "few")]
ALL = "interaxo:group:example-corp/all"
ONLY_FEW = "interaxo:group:example-corp/few"
PUSH, DELETE = "PUT *docs/addupdate", "PUT *docs/delete"
READERS = int(os.environ.get("CONNECTOR_READERS", "1"))
"""
Containers read side by side: one, so that the order of calls is certain. Production has 16: so do half of the rows of
test_switches.py, every call of tests/runs/test_cut_wire.py, the proofs (conftest.py), and with CONNECTOR_READERS=16 all of it.
"""
BEGIN, END = "PUT *docs/beginsyncsession", "PUT *docs/endsyncsession"


@asynccontextmanager
async def small_world(folder: Path) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """Two rooms with every kind of item; one worker, so that the order of calls is certain."""
    made: list[Small] = []
    async with neighbourhood(folder, lambda world: made.append(furnish_small(world))) as near:
        near.values["sources.interaxo.concurrency"] = READERS
        near.values["http.backoff_max_s"] = 0.01
        near.intranet.seed_person("kari@example.com", "Kari", [ALL])
        near.intranet.seed_person("ola@example.com", "Ola", [ONLY_FEW])
        yield near, made[0]


@asynccontextmanager
async def plain_world(folder: Path, **files: int) -> AsyncIterator[tuple[Neighbourhood, dict[str, str]]]:
    """Rooms with so many files each, by slug; gives the roots by slug."""
    roots: dict[str, str] = {}

    def furnish(world: InteraxoWorld) -> None:
        world.add_community("example-corp", "Example Corp")
        world.add_group("example-corp", "all", "All")
        world.add_group("example-corp", "few", "A few")
        for slug, count in files.items():
            roots[slug] = world.add_room("example-corp", slug, slug.title(), authorities=EVERYONE)
            for number in range(count):
                world.add_file(roots[slug], f"{slug} {number}.txt", content=b"x")

    async with neighbourhood(folder, furnish) as near:
        near.values["sources.interaxo.concurrency"] = READERS
        near.values["http.backoff_max_s"] = 0.01
        yield near, roots


def live_gone(near: Neighbourhood) -> set[str]:
    """Ids that went out of the intranet although they are in the source."""
    return {deletion.id for deletion in near.intranet.deletions} & near.expected()


def files_of(near: Neighbourhood, parent: str) -> list[str]:
    """Native ids of the files directly in a container."""
    return [item.id for item in near.rooms.items() if item.parent_id == parent and item.type == "file"]


def audience_of(near: Neighbourhood, native: str) -> list[str]:
    """The identities that one document carries in the intranet."""
    identities: list[str] = near.document(native)["ExternalIdentities"]
    return identities


def children_of(native: str) -> str:
    """The calls that list a container."""
    return f"GET *content/{native}/children"


def authorities_of(native: str) -> str:
    """The call that reads who may see an item."""
    return f"GET *content/{native}/comments/mentionable-authorities"


def break_all(near: Neighbourhood, match: str | Callable[[Call], bool], how: How) -> Fault:
    """Break every matching call until the fault is taken away."""
    return near.wire.add(Fault(match, how, times=None))


def break_once(near: Neighbourhood, match: str | Callable[[Call], bool], how: How) -> Fault:
    """Break the next matching call."""
    return near.wire.add(Fault(match, how))


def when(near: Neighbourhood, match: Callable[[Call], bool], deed: Callable[[], object]) -> None:
    """Do something in the world the moment before the first matching call is answered; the call is not broken."""
    done: list[bool] = []

    def meet(call: Call) -> bool:
        if not done and match(call):
            done.append(True)
            deed()
        return False

    near.wire.faults.insert(0, Fault(meet, RESET_BEFORE, times=None))


def lists(native: str) -> Callable[[Call], bool]:
    """Whether a call lists this container."""
    return lambda call: call.path.endswith(f"/content/{native}/children")


def list_under_wrong_id(near: Neighbourhood, container: str, native: str, wrong: str) -> None:
    """Have the listing of a container tell one of its rows under an id that is not its own, from now on."""
    world = near.rooms
    root = world.root_of(world._items[container])
    assert root is not None
    children = [item for item in world._items.values() if item.parent_id == container]
    rows = [Writer(world).write_item(one, world.rooms[root.id], "", listed=True) for one in children]
    for row in rows:
        if row["id"] == native:
            row["id"] = wrong
    break_all(
        near,
        lambda call: lists(container)(call) and "skip" not in call.query,
        Instead(json.dumps(rows).encode()),
    )


def calls(near: Neighbourhood, ending: str) -> list[Call]:
    """The calls of one kind since the wire was last cleared."""
    return [call for call in near.wire.calls if call.path.endswith(ending)]


def ledger_file(near: Neighbourhood) -> Path:
    """Where the ledger is, where it is in a file."""
    return ledgers.file_of(near.folder)


def copy_ledger(near: Neighbourhood, copy: Path) -> None:
    """Take a backup of the ledger, also while a run writes to it."""
    ledgers.copy(near.folder, copy)


def restore_ledger(near: Neighbourhood, copy: Path) -> None:
    """Put a backup in the ledger's place."""
    ledgers.restore(near.folder, copy)


def copy_at_death(near: Neighbourhood, copy: Path) -> None:
    """Keep what a process leaves that is killed now."""
    ledgers.copy_at_death(near.folder, copy)


def as_it_died(near: Neighbourhood, copy: Path) -> None:
    """Whatever it did afterwards, it did not; else the ledger would be one that was put back."""
    ledgers.as_it_died(near.folder, copy)


def lose_ledger(near: Neighbourhood) -> None:
    """Lose the ledger."""
    ledgers.lose(near.folder)


def ask_ledger(near: Neighbourhood, statement: str) -> list[tuple[Any, ...]]:
    """Read or edit the ledger behind the connector's back."""
    return ledgers.ask(near.folder, statement)


def tables(near: Neighbourhood) -> dict[str, list[tuple[Any, ...]]]:
    """All that stands in the ledger."""
    return ledgers.everything(near.folder)
