"""What a full run removes by id is gone by its end: the note beside a room does not make it be counted once more."""

from __future__ import annotations

from pathlib import Path

from connector.ports.matching import record_id
from tests.people.estate import COMMUNITY, address, estate
from tests.rules.ground import small_world


async def test_documents_that_a_full_run_removes_by_id_do_not_count_as_removals_of_its_end(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["safety.max_delete_ratio"] = 0.25
        extra = [near.rooms.add_file(small.details, f"extra {n}.txt", content=b"x") for n in range(60)]
        await near.run("full")
        for native in extra[:14]:  # a fifth of all: the brake lets as many go in a day, but not twice as many
            near.rooms.remove(native)
        for removed in (14, 0):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
            assert (report.outcome, report.documents.deleted) == ("succeeded", removed), report.reasons
            assert (report.session.ended, report.session.predicted_removals) == (True, 0)
            assert near.found() == near.expected()


async def test_people_whom_a_full_run_removes_by_id_do_not_count_as_removals_of_its_end(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        for person in ("kari", "ola"):
            near.rooms.remove_person(COMMUNITY, address(person))
        for removed in (2, 0):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
            assert (report.outcome, report.people.removed) == ("succeeded", removed), report.reasons
        assert not {record_id(address(person)) for person in ("kari", "ola")} & near.intranet.users.keys()
