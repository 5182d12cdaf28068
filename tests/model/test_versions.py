"""
Nobody ever finds a version of a document that its source never let them see: whatever changes, breaks or dies.

Contents and readers change together, files cannot be read, single items do not answer, the intranet refuses or is silent, runs are
killed. At each call, and after each run, every word in the intranet is found by those alone who might see it at some time. Once all is
well everybody finds what there is now.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.faults import RESET_AFTER, RESET_BEFORE, Call, Fault, How, Status
from connector.sandbox.interact_rows import Refusal
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import Authority
from tests import ledgers
from tests.model.test_model import SOAK
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import PUSH

COMMUNITY, GROUPS = "example-corp", ("a", "b", "c")
READERS: list[list[Authority]] = [
    [("group", one) for one in some] for some in ("a", "a", "b", "b", "ac", "bc", "ab", "abc", "c")
]
FILES = 3
SETTLED_S = 90_000
ACTS = ["both"] * 4 + [
    "readers", "content", "delta", "delta", "full", "unreadable delta", "unreadable full", "silent delta", "silent full",
    "refused delta", "refused full", "lost delta", "lost full", "killed delta", "killed full", "unlisted delta",
]  # fmt: skip


class Versions:
    """A room with a few files in a folder, and whatever was shown to anybody of them."""

    def __init__(self, near: Neighbourhood, room: str, folder: str) -> None:
        self.near, self.room, self.folder = near, room, folder
        self.files = [one.id for one in near.rooms.items() if one.type == "file" and one.parent_id == folder]
        self.words: dict[str, str] = {}
        """By what it is a word of."""
        self.allowed: set[tuple[str, str]] = set()
        """Who might see which word at some time."""
        self.by_room = near.values["sources.interaxo.permissions"] == "room"
        self._count = 0
        for one in self.files:
            self.rewrite(one)
        self.note()

    # -- what changes ---------------------------------------------------------------------------

    def rewrite(self, native: str) -> None:
        """Another content, and another name."""
        self._count += 1
        self.words[native] = word = f"Word{self._count}x"
        self.near.rooms.new_version(native, word.encode(), name=f"{word}.txt")

    def reopen(self, native: str, readers: list[Authority]) -> None:
        """Other readers."""
        self.near.rooms.set_authorities(self.room if self.by_room else native, readers)

    def change(self, what: str, dice: Random) -> None:
        for one in dice.sample(self.files, dice.randint(1, 2)):
            if what != "content":
                self.reopen(one, dice.choice(READERS))
            if what != "readers":
                self.rewrite(one)
        self.note()

    def readers(self, native: str) -> frozenset[str]:
        """Who may see a file now."""
        one = self.near.rooms.item(self.room if self.by_room else native)
        return frozenset(f"interaxo:group:{COMMUNITY}/{name}" for _, name in one.authorities)

    def note(self) -> None:
        """From now on these may have seen what there is now."""
        self.allowed |= {(who, self.words[one]) for one in self.files for who in self.readers(one)}

    # -- what is found --------------------------------------------------------------------------

    def look(self) -> None:
        """Nobody finds a word that was never for them."""
        for row in self.near.intranet.documents.values():
            words = re.findall(r"Word\d+x", msgspec.json.encode(row.document).decode())
            found = {(who, word) for who in row.document["ExternalIdentities"] for word in words}
            assert found <= self.allowed, sorted(found - self.allowed)

    def all_is_as_shown(self) -> None:
        for one in self.files:
            document = self.near.document(one)
            assert frozenset(document["ExternalIdentities"]) == self.readers(one)
            assert (document["FileContents"], document["Title"]) == (
                self.words[one],
                f"{self.words[one]}.txt",
            )

    # -- runs -----------------------------------------------------------------------------------

    async def run(self, mode: str, breaks: str = "", dice: Random | None = None) -> None:
        near, dice = self.near, dice or Random(0)
        first, left = len(near.wire.calls), near.folder / "at-death.db"
        left.unlink(missing_ok=True)
        dying: list[asyncio.Task[Any]] = []

        def watch(call: Call) -> bool:
            self.look()
            return False

        def dies(after: int) -> Callable[[Call], bool]:
            def strike(call: Call) -> bool:
                if call.number < first + after or left.exists() or not ledgers.is_there(near.folder):
                    return False
                ledgers.copy_at_death(near.folder, left)
                asyncio.get_running_loop().call_soon(dying[0].cancel)
                return True

            return strike

        how: How = dice.choice([Status(503), Status(403)])
        some = dice.sample(self.files, dice.randint(1, FILES))
        match breaks:
            case "unreadable":
                near.wire.add(Fault(lambda call: call.path.endswith("/content") and any(one in call.path for one in some), how, times=None))  # fmt: skip
            case "silent":
                near.wire.add(Fault(lambda call: call.path.rpartition("/")[2] in some, how, times=None))
            case "unlisted":
                near.wire.add(
                    Fault(lambda call: call.path.endswith(f"{self.folder}/children"), how, times=None)
                )
            case "refused":
                near.intranet.switches.refuse = [Refusal(self.words[one]) for one in some]
            case "lost":
                near.wire.add(Fault(PUSH, dice.choice([RESET_BEFORE, RESET_AFTER]), times=dice.randint(1, 2)))
            case "killed":
                near.wire.add(Fault(dies(dice.randint(1, 60)), dice.choice([RESET_BEFORE, RESET_AFTER])))
        near.wire.faults.insert(0, Fault(watch, RESET_BEFORE, times=None))
        dying.append(asyncio.ensure_future(near.run(mode)))
        try:
            await dying[0]
        except asyncio.CancelledError:
            ledgers.as_it_died(near.folder, left)
        near.wire.faults.clear()
        near.intranet.switches.refuse = []
        self.look()
        near.clock.pass_seconds(dice.choice([10, 200]))


@settings(
    max_examples=SOAK or 3,
    derandomize=not SOAK,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(
    permissions=st.sampled_from(["item", "item", "room"]),
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 1_000_000)), min_size=4, max_size=20 if SOAK else 8
    ),
)
def test_nobody_finds_a_version_that_was_never_for_them(
    permissions: str, acts: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory(prefix="connector-versions-") as folder:
        try:
            asyncio.run(play(Path(folder), permissions, acts))
        finally:
            ledgers.let_go()


async def play(folder: Path, permissions: str, acts: list[tuple[str, int]]) -> None:
    places: list[str] = []

    def furnish(rooms: InteraxoWorld) -> None:
        rooms.add_community(COMMUNITY, "Example Corp")
        for group in GROUPS:
            rooms.add_group(COMMUNITY, group, group.upper())
        places.append(rooms.add_room(COMMUNITY, "room", "Room", authorities=READERS[0]))
        places.append(rooms.add_folder(places[0], "Folder"))
        for number in range(FILES):
            rooms.add_file(places[1], f"{number}.txt", content=b"x")

    async with neighbourhood(folder, furnish) as near:
        near.values |= {
            "sources.interaxo.permissions": permissions,
            "sources.interaxo.content": True,
            "sources.interaxo.concurrency": 1,
            "targets.intranet.batch_documents": 1,
            "safety.audience_max_age_days": 3_650,
        }
        versions = Versions(near, *places)
        await versions.run("full")
        for name, number in acts:
            breaks, _, mode = name.rpartition(" ")
            if mode in ("delta", "full"):
                await versions.run(mode, breaks, Random(number))
            else:
                versions.change(mode, Random(number))
        near.clock.pass_seconds(SETTLED_S)
        for mode in ("full", "delta"):
            await versions.run(mode)
            near.clock.pass_seconds(200)
        versions.all_is_as_shown()
