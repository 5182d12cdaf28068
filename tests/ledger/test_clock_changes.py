"""A clock that is set: where the machine's uptime tells by how much, everything that the ledger noted moves with it."""

from __future__ import annotations

import pytest
from sqlalchemy import Float
from sqlmodel import SQLModel

from connector.document.audience import make_audience
from connector.ledger import tables  # noqa: F401 - its classes name the columns
from connector.ledger.clock_changes import AGES, NEVER_COMPARED, PAUSES, TOLERANCE_S
from connector.ledger.people import Lost, Share
from connector.machine.boot_clock import SinceBoot, read_boot_clock
from connector.ports.grants import Grant
from tests.desk import NOW, SOURCE, Desk

HOUR, DAY = 3_600.0, 86_400.0


def look(desk: Desk, *, now: float, up: float | None, boot: str = "one") -> float:
    steady = SinceBoot(boot, up) if up is not None else None
    return desk.ledger.clock_changes().adjust(now=now, steady=steady, settle_s=120.0)


@pytest.mark.parametrize("set_by", [-DAY, -HOUR, HOUR, 9 * DAY])
def test_ages_and_pauses_are_what_they_were(desk: Desk, set_by: float) -> None:
    runs, grants = desk.ledger.runs("intranet"), desk.ledger.grants(SOURCE)
    look(desk, now=NOW, up=1_000.0)
    runs.note_session(1, "beginning", now=NOW, lost=True)
    desk.documents.lose(["ix-r1"], until=NOW + 100, fingerprints={})
    desk.rooms.note_audience(SOURCE, "r1", make_audience(["a"]), now=NOW - 50)
    grants.put([Grant(native="f1", parent="r1", kind="file", told_at=NOW - 60)])
    desk.ledger.quarantine("intranet").park(
        "ix-f1", source=SOURCE, native="f1", room="r1", title="", reason="refused", values={"why": ""}, version=None, now=NOW
    )  # fmt: skip
    now = NOW + 40 + set_by
    assert look(desk, now=now, up=1_040.0) == pytest.approx(set_by)
    assert runs.unsettled_session(now=now, settle_s=120.0) == pytest.approx(80.0)
    assert desk.fact("ix-r1", "redo_after") == pytest.approx(now + 60)
    assert desk.rooms.all(SOURCE)["r1"].audience_at == pytest.approx(now - 90)
    assert grants.get(["f1"])["f1"].told_at == pytest.approx(now - 100)
    parked = desk.ledger.quarantine("intranet").get("ix-f1")
    assert parked is not None
    assert (parked.first_seen, parked.next_try) == pytest.approx((now - 40, now + 260))


@pytest.mark.parametrize(
    ("up", "boot"), [(None, "one"), (1_040.0, "another"), (1_040.0 + TOLERANCE_S - 1 + HOUR, "one")]
)
def test_nothing_moves_where_time_went_by_or_nobody_can_tell(desk: Desk, up: float | None, boot: str) -> None:
    look(desk, now=NOW, up=1_000.0)
    desk.rooms.note_audience(SOURCE, "r1", make_audience(["a"]), now=NOW)
    assert look(desk, now=NOW + 40 + HOUR, up=up, boot=boot) == 0
    assert desk.rooms.all(SOURCE)["r1"].audience_at == NOW


def test_what_lies_in_the_future_counts_as_now_once_and_for_all(desk: Desk) -> None:
    runs, grants = desk.ledger.runs("intranet"), desk.ledger.grants(SOURCE)
    runs.note_session(1, "ending", now=NOW + DAY)
    desk.documents.lose(["ix-r1"], until=NOW + DAY, fingerprints={})
    desk.rooms.note_audience(SOURCE, "r1", make_audience(["a"]), now=NOW + DAY)
    grants.put([Grant(native="f1", parent="r1", kind="file", told_at=NOW + DAY)])
    look(desk, now=NOW, up=None)
    assert runs.unsettled_session(now=NOW + 100, settle_s=120.0) == pytest.approx(20.0)
    assert desk.fact("ix-r1", "redo_after") == NOW + 120
    assert desk.rooms.all(SOURCE)["r1"].audience_at == NOW
    assert grants.get(["f1"])["f1"].told_at == NOW


def test_grants_are_looked_at_when_the_clock_went_back(desk: Desk) -> None:
    grants = desk.ledger.grants(SOURCE)
    look(desk, now=NOW + DAY, up=None)
    grants.put([Grant(native="f1", parent="r1", kind="file", told_at=NOW + DAY)])
    look(desk, now=NOW, up=None)
    assert grants.get(["f1"])["f1"].told_at == NOW


def test_moments_of_people_move_and_are_cut_as_those_of_documents(desk: Desk) -> None:
    runs, people = desk.ledger.runs("intranet"), desk.ledger.people("intranet")
    look(desk, now=NOW, up=1_000.0)
    runs.note_session(1, "ending", now=NOW, lost=True, kind="person")
    share = Share(source=SOURCE, key="c/kari", address="k", identities=("a",), read_run=1, told_at=NOW - 60)
    people.note([share])
    people.asked(SOURCE, ["c/kari"], run=1, now=NOW)
    people.count_lost([Lost(id="x", address="k", whole=True, approved=False, why="gone")], run=1, now=NOW)
    now = NOW + 40 + DAY
    look(desk, now=now, up=1_040.0)
    assert runs.unsettled_session(now=now, settle_s=120.0, kind="person") == pytest.approx(80.0)
    assert people.oldest_told() == pytest.approx(now - 100)
    assert people.unasked_since(SOURCE, now - 39, now=now) == ["c/kari"]
    assert people.unasked_since(SOURCE, now - 41, now=now) == []
    assert people.lost_since(now - 41) == 1
    look(desk, now=NOW, up=None)
    assert runs.unsettled_session(now=NOW + 100, settle_s=120.0, kind="person") == pytest.approx(20.0)
    assert people.oldest_told() == NOW
    assert people.lost_since(NOW + 1) == 0


def test_every_time_in_the_ledger_has_its_place() -> None:
    """A new column of times must say whether it is compared with now."""
    times = {
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Float)
    }
    told = {(table, column) for table, columns in AGES.items() for column in columns}
    told |= {(table, column) for table, (column, _) in PAUSES.items()}
    assert times == told | set(NEVER_COMPARED)


def test_the_steady_clock_goes_on() -> None:
    first, second = read_boot_clock(), read_boot_clock()
    if first is None or second is None:
        pytest.skip("this system does not name its own start")
    assert first.boot == second.boot
    assert first.seconds <= second.seconds


@pytest.mark.parametrize(("later", "cut"), [(15.0, False), (-15.0, True)])
def test_between_two_beats_of_a_run_only_a_set_clock_costs_a_look(
    desk: Desk, later: float, cut: bool
) -> None:
    look(desk, now=NOW, up=None)
    desk.rooms.note_audience(SOURCE, "r1", make_audience(["a"]), now=NOW + DAY)
    desk.ledger.clock_changes().adjust(now=NOW + later, steady=None, settle_s=120.0, only_if_set=True)
    assert (desk.rooms.all(SOURCE)["r1"].audience_at == NOW + later) is cut
