"""
What nobody knows of Interact, in combination: every switch of the simulated one, and what may happen on the wire.

Every test run plays rows in which each pair of levels meets; `make soak` plays each triple, and every combination
of what decides about removal. Whatever the combination: no live document is lost, nobody sees more than before,
and after the next clean full run the intranet is what a new connector would make of the source.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.faults import HTML_200, LATE, RESET_AFTER, Fault, Status
from connector.sandbox.interact_rows import Refusal, Switches
from tests.combinations import covering
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    ALL_AND_FEW,
    BEGIN,
    DELETE,
    END,
    FEW,
    PUSH,
    READERS,
    live_gone,
    lose_ledger,
    small_world,
)

SWITCHES: dict[str, tuple[Any, ...]] = {
    "cascade_on_delete": (False, True),
    "cascade_on_end": (False, True),
    "path_match": ("delimiter", "prefix", "segment"),
    "swept_by": ("flag", "time"),
    "one_flag": (False, True),
    "omitted_fields": ("replaced", "kept"),
    "modified_date_gate": (False, True),
    "fold_id_case": (False, True),
    "id_length": (None, 45),
    "body_limit": (None, 6_000),
    "array_limit": (None, 4),
    "bad_item_fails_batch": (False, True),
    "file_contents": ("text", "base64"),
    "public_ignores_identities": (True, False),
    "people_exist": (True, False),
    "empty_identities": ("cleared", "kept"),
    "shared_address": ("not found", "error"),
    "state_length": (None, 20),
    "reset_unknown_status": (404, 200),
    "delete_unknown_status": (200, 404, 400),
    "length_required": (True, False),
    "tells_of_all": (False, True),
    "small_first_letters": (False, True),
}
"""Every switch of the sandbox with its levels; they stay as they are while a row is played."""
SETTINGS: dict[str, tuple[Any, ...]] = {
    "targets.intranet.sessions": (True, False),
    "text.encoding": ("text", "base64"),
    "sources.interaxo.concurrency": (READERS, 16),
}
PASSING: dict[str, tuple[str, ...]] = {
    "refuse": ("nothing", "one document", "its text", "its details"),
    "lose": ("nothing", "some entries"),
    "wire": ("quiet", *(WIRE := {
        "a begin that runs late": (BEGIN, LATE),
        "an end that runs and is not answered": (END, RESET_AFTER),
        "a page instead of an answer": (PUSH, HTML_200),
        "a push that is not answered": (PUSH, RESET_AFTER),
        "a push that runs late": (PUSH, LATE),
        "a removal that is not answered": (DELETE, RESET_AFTER),
        "a key that is refused in the middle": (PUSH, Status(401)),
    })),
}  # fmt: skip
"""What happens in the two runs before the clean one."""
ELSEWHERE = {"state_unknown_status"}
"""Switches under which no run goes on; they have tests of their own."""
DECIDING = (
    *("cascade_on_delete", "cascade_on_end", "path_match", "swept_by", "modified_date_gate"),
    *("delete_unknown_status", "targets.intranet.sessions", "lose", "wire"),
)
"""What decides about removal: `make soak` plays every combination of these."""
FACTORS: dict[str, tuple[Any, ...]] = {**SWITCHES, **SETTINGS, **PASSING}
AT_ONCE = 50
"""Rows in one test of the soak."""
SHOWN = ("Title", "Url", "ExternalIdentities", "IsPublic", "MaterializedPath", "DocTypeName")

Row = dict[str, Any]


def rows_of(strength: int) -> list[Row]:
    levels = list(FACTORS.values())
    return [
        {name: values[level] for name, values, level in zip(FACTORS, levels, row, strict=True)}
        for row in covering([len(values) for values in levels], strength)
    ]


def every_combination() -> Iterator[Row]:
    """All levels of what decides, everything else at its plainest."""
    plain = {name: values[0] for name, values in FACTORS.items()}
    for levels in product(*(FACTORS[name] for name in DECIDING)):
        yield plain | dict(zip(DECIDING, levels, strict=True))


PAIRS = rows_of(2)
LONG = [*rows_of(3), *every_combination()] if os.environ.get("CONNECTOR_SOAK") else []


def test_every_switch_of_the_simulated_interact_is_played() -> None:
    assert {*SWITCHES, "refuse", "lose", *ELSEWHERE} == set(Switches.__dataclass_fields__)
    for name, values in SWITCHES.items():
        assert values[0] == getattr(Switches(), name), name


@pytest.mark.parametrize("number", range(len(PAIRS)))
async def test_no_combination_of_unknowns_costs_a_live_document(tmp_path: Path, number: int) -> None:
    await play(tmp_path, PAIRS[number])


@pytest.mark.skipif(not LONG, reason="long: part of make soak")
@pytest.mark.parametrize("start", range(0, len(LONG) or 1, AT_ONCE))
async def test_no_combination_at_all_costs_a_live_document(tmp_path: Path, start: int) -> None:
    for number, row in enumerate(LONG[start : start + AT_ONCE]):
        await play(tmp_path / str(number), row)


async def play(folder: Path, row: Row) -> None:
    """Fill an intranet, edit the source, let two runs meet trouble, and compare after a clean one."""
    async with small_world(folder) as (near, small):
        for name in SWITCHES:
            setattr(near.intranet.switches, name, row[name])
        for name in SETTINGS:
            near.values[name] = row[name]
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        inner = near.rooms.add_folder(small.details, "Inner")
        near.rooms.add_file(inner, "deep.txt", content=b"d")
        report = await near.run("full")
        assert near.found() == near.expected(), (row, report.reasons)
        edit(near, small, inner)
        for mode in ("delta", "full"):
            trouble(near, small, row)
            near.clock.pass_seconds(200)
            report = await near.run(mode)
            near.wire.faults.clear()
            await near.wire.run_late()
            assert not live_gone(near), (row, mode, report.reasons)
            assert near.found() >= near.expected() - new_ones(near), (row, mode, report.reasons)
            assert_nobody_lost_sight(near, row)
        near.intranet.switches.refuse, near.intranet.switches.lose = [], set()
        near.clock.pass_seconds(90_000)
        report = await near.run("full")
        assert not live_gone(near), (row, report.reasons)
        assert near.found() == near.expected(), (row, report.reasons)
        # an address of two people is a matter of people's records, and told as such; a text in a form that the
        # intranet does not take goes without, every time
        told = (
            # an update of the same date that is not taken looks like a backup, once
            *(["as after a restore from a backup"] if row["modified_date_gate"] else []),
            "1 person",
            "FileContents is not a valid Base-64 string) and was added without its text",
        )
        others = [reason for reason in report.reasons if not any(words in reason for words in told)]
        assert not others, (row, others)
        assert report.outcome == "succeeded" or row["shared_address"] == "error", (row, report.reasons)
        assert report.session.ended == row["targets.intranet.sessions"], (row, report.reasons)
        await assert_as_a_new_connector_would(near, row)


def edit(near: Neighbourhood, small: Small, inner: str) -> None:
    """Something to move, to remove with what stands below it, to rename, to add, and somebody to shut out."""
    near.rooms.move(inner, small.bridge)
    near.rooms.remove(small.details)
    near.rooms.rename(small.plan, "plan B.pdf")
    near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
    near.rooms.add_file(small.drawings, "new.txt", content=b"n")
    near.rooms.set_authorities(small.tunnel, FEW)


def trouble(near: Neighbourhood, small: Small, row: Row) -> None:
    """What the next run meets."""
    because: dict[str, Any] = {"one document": "always", "its text": "text", "its details": "details"}
    if row["refuse"] != "nothing":
        near.intranet.switches.refuse = [Refusal("Which nuts", because=because[row["refuse"]])]
    if row["lose"] != "nothing":
        near.intranet.switches.lose = {f"ix-{native}" for native in (small.plan, small.bridge, small.report)}
    if row["wire"] != "quiet":
        match, how = WIRE[row["wire"]]
        near.wire.add(Fault(match, how))


def new_ones(near: Neighbourhood) -> set[str]:
    return {f"ix-{item.id}" for item in near.rooms.items() if item.name == "new.txt"}


def assert_nobody_lost_sight(near: Neighbourhood, row: Row) -> None:
    """An empty audience takes a live document away as a removal would."""
    for identifier in near.found() & near.expected():
        assert near.intranet.documents[identifier].document["ExternalIdentities"], (row, identifier)


async def assert_as_a_new_connector_would(near: Neighbourhood, row: Row) -> None:
    """Empty the intranet, push everything from an empty ledger, and compare what people see."""
    shown: Callable[[], dict[str, Any]] = lambda: {  # noqa: E731
        key: {name: one.document[name] for name in SHOWN} for key, one in near.intranet.documents.items()
    }
    after = shown()
    near.intranet.documents.clear()
    near.intranet.switches = Switches(file_contents=row["file_contents"])
    near.folder = near.folder / "new"
    await near.run("backfill")
    assert after == shown(), row


@pytest.mark.parametrize("status", [404, 400, 500])
async def test_no_run_goes_on_where_an_unknown_id_has_no_state(tmp_path: Path, status: int) -> None:
    """What the contract takes for granted of docs/state; otherwise a wrong appid could not be told from a new document."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.remove(small.plan)
        near.intranet.switches.state_unknown_status = status
        lose_ledger(near)
        near.intranet.documents.pop(f"ix-{small.bridge}")  # one of the rooms that a new ledger looks beside
        for mode in ("full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "failed", report.reasons
            assert near.found() == before - {f"ix-{small.bridge}"}
        near.intranet.switches.state_unknown_status = 200
        await near.run("full")
        assert near.found() >= near.expected()
