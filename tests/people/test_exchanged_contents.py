"""Rules 6 and 7: a document was changed, and is for others altogether: they find nothing of what it was before."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Status
from connector.sandbox.interact_rows import Refusal
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL, FEW, PEOPLE, address, estate, may_see, sees
from tests.rules.ground import break_all

BEFORE, NOW = "with the salaries", "without the salaries"
PER = [("user", address("per"))]


def read_by(near: Neighbourhood, native: str, person: str) -> str:
    """The words of a document that a person finds, or its name where it has none; empty where she does not find it."""
    if f"ix-{native}" not in sees(near, person):
        return ""
    document = near.document(native)
    return str(document["FileContents"] or document["Title"])


def watch(near: Neighbourhood, native: str, person: str) -> list[str]:
    """Gather what a person reads of a document at each call from now on."""
    found: list[str] = []

    def look(call: Call) -> bool:
        found.append(read_by(near, native, person))
        return False

    near.wire.faults.insert(0, Fault(look, RESET_BEFORE, times=None))
    return found


@pytest.mark.parametrize(
    ("permissions", "mode", "how"),
    [("item", "delta", "503"), ("room", "full", "403"), ("folder", "delta", "refused")],
)
async def test_what_was_changed_is_lost_by_its_readers_and_waits_for_the_others(
    tmp_path: Path, permissions: str, mode: str, how: str
) -> None:
    async with estate(tmp_path, permissions, sources__interaxo__content=True) as (near, small):
        place = {"item": small.plan, "room": small.bridge, "folder": small.drawings}[permissions]
        near.rooms.new_version(small.plan, BEFORE.encode())
        near.rooms.set_authorities(place, ALL)
        await near.run("full")
        assert read_by(near, small.plan, "kari") == BEFORE
        near.rooms.new_version(small.plan, NOW.encode(), name="odd.pdf")
        near.rooms.set_authorities(place, FEW)
        if how == "refused":
            near.intranet.switches.refuse = [Refusal("odd.pdf")]
        else:
            break_all(near, f"GET */files/{small.plan}/content", Status(int(how)))
        found = watch(near, small.plan, "ola")
        for again in (mode, "delta"):
            await near.run(again)
            assert read_by(near, small.plan, "kari") == ""
            # its present name, where the file alone cannot be read
            assert read_by(near, small.plan, "ola") == ("" if how == "refused" else "odd.pdf")
        near.intranet.switches.refuse = []
        near.wire.faults = near.wire.faults[:1]
        report = await near.run("full")  # it waits for no pause
        assert report.outcome == "succeeded", report.reasons
        assert set(found) <= {"", "odd.pdf", NOW}
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person
        assert read_by(near, small.plan, "ola") == NOW


async def test_who_stays_finds_what_it_was_until_the_others_find_what_it_is(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__content=True) as (near, small):
        near.rooms.new_version(small.plan, BEFORE.encode())
        near.rooms.set_authorities(small.plan, [*ALL, *PER])
        await near.run("full")
        near.rooms.new_version(small.plan, NOW.encode())
        near.rooms.set_authorities(small.plan, [*FEW, *PER])
        break_all(near, f"GET */files/{small.plan}/content", Status(503))
        for _ in range(2):
            await near.run("delta")
            assert [read_by(near, small.plan, one) for one in ("kari", "per", "ola")] == ["", BEFORE, ""]
        near.wire.clear()
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert [read_by(near, small.plan, one) for one in ("kari", "per", "ola")] == ["", NOW, NOW]


@pytest.mark.parametrize("permissions", ["item", "room", "folder"])
async def test_what_was_not_changed_is_found_at_any_moment_by_whoever_is_among_both(
    tmp_path: Path, permissions: str
) -> None:
    async with estate(tmp_path, permissions, sources__interaxo__content=True) as (near, small):
        place = {"item": small.plan, "room": small.bridge, "folder": small.drawings}[permissions]
        near.rooms.new_version(small.plan, BEFORE.encode())
        near.rooms.set_authorities(place, ALL)
        await near.run("full")
        near.rooms.set_authorities(place, FEW)
        found = watch(near, small.plan, "eva")
        before = len(near.wire.calls)
        await near.run("delta")
        assert set(found) == {BEFORE}
        assert [read_by(near, small.plan, one) for one in ("kari", "ola")] == ["", BEFORE]
        assert not [call for call in near.wire.calls[before:] if call.path.endswith("/content")]
