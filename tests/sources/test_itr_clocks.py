"""A clock that is set between two runs makes no listing older than it is, and no right longer known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.machine.boot_clock import SinceBoot
from connector.machine.shared_clock import SharedClock
from connector.sandbox.itr import MASTER
from tests.sources.itr_company import MASTER_TEST, SESSION, TEST, ItrCompany, itr_company

HOUR = 3_600.0


class Machine(SharedClock):
    """A machine's clock, which somebody may set, beside its uptime, which nobody can."""

    def __init__(self) -> None:
        super().__init__(lambda: self.now, uptime=lambda: self.up)
        self.now, self.up = 1_800_000_000.0, 500.0

    def pass_seconds(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.up += seconds

    def since_boot(self) -> SinceBoot:
        return SinceBoot("one", self.up)


@pytest.fixture
async def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr("connector.machine.boot_clock.read_boot_clock", made.since_boot)
    return made


@pytest.fixture
async def company(tmp_path: Path, machine: Machine) -> AsyncIterator[ItrCompany]:
    async with itr_company(tmp_path) as made:
        made.clock = machine  # type: ignore[assignment]
        yield made


@pytest.mark.parametrize(
    ("key", "database", "set_by"),
    [(TEST, "client", HOUR), (MASTER_TEST, MASTER, 9 * HOUR), (TEST, "client", -9 * HOUR)],
)
async def test_two_listings_of_a_few_minutes_are_no_hour_apart_whatever_the_clock_was_set_to(
    company: ItrCompany, machine: Machine, key: str, database: str, set_by: float
) -> None:
    await company.run()
    company.itr.remove("tests", key, database)
    await company.run()
    machine.now += set_by
    for _ in range(3):
        report = await company.run()
        assert (report.documents.pending, report.documents.deleted) == (1, 0)
        machine.pass_seconds(HOUR / 4)
    machine.pass_seconds(HOUR / 4)
    assert (await company.run()).documents.deleted == 1


async def test_rights_of_a_moment_are_not_old_because_the_clock_was_set(
    company: ItrCompany, machine: Machine
) -> None:
    company.itr.clock = lambda: machine.up
    company.itr.quirks.rights_kept_s = 60
    await company.run("full")
    company.itr.login["IsTranslator"] = True
    await company.run()
    machine.now += HOUR
    company.itr.remove("sessions", SESSION)
    assert (await company.run()).documents.deleted == 0
    machine.pass_seconds(61)
    assert (await company.run()).documents.deleted == 1


async def test_logins_that_are_missing_keep_what_they_have_for_an_hour_whatever_the_clock_was_set_to(
    company: ItrCompany, machine: Machine
) -> None:
    for one in company.itr.rows("logins"):
        company.intranet.seed_person(one["Email"], one["UserName"])
    await company.run("full")
    known = set(company.intranet.users)
    company.itr.login["IsTranslator"] = True
    others = [one["ID"] for one in company.itr.rows("logins") if one["ID"] != company.itr.login["ID"]]
    for key in others:
        company.itr.remove("logins", key)
    await company.run()
    machine.now += HOUR
    await company.run()
    assert set(company.intranet.users) == known
