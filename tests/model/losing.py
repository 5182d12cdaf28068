"""
The model of people who must lose nothing by a lie: sources that answer 404 or empty lists of groups for everybody, ledgers that
are lost or put back, and settings that point at a copy of the intranet for a while.

Documents are the business of the other machines. Here: in a day no more than a few people lose everything by what was not
true; nobody is given more than was told last, whatever ledger there is; and after a person decided about what is held,
everybody finds what the source shows.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from connector.people.plan import FEW, groups_of
from connector.plan.report import Report
from connector.ports.matching import record_id
from connector.sandbox.faults import LIST_200, Fault, Status
from tests import ledgers
from tests.model.machine import Machine
from tests.model.people import PeopleMachine, identity
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, PEOPLE, address, may_see, sees

COPY = "11111111-5f0e-4c0b-9f6e-2f8f3f0c0d01"
LIES = {"404": Status(404), "403": Status(403), "groups": LIST_200}


class LosingMachine(PeopleMachine):
    """Four people, and everything that may be said of them although it is not so."""

    forgetful = False
    """Whether the ledger was lost or put back, and no run has heard the truth since."""
    lies = 0
    """Runs with a lie since then."""

    async def _open(self) -> Neighbourhood:
        near = await super()._open()
        near.values["safety.max_delete_ratio"] = 0.1
        return near

    @initialize(first=st.sampled_from(["full", "delta"]))
    def choose(self, mode: str = "item", first: str = "full") -> None:
        self.mode = "item"
        self.near.values["sources.interaxo.permissions"] = "item"
        self.go(first)

    @rule(mode=st.sampled_from(["delta", "full", "backfill"]))
    def run_well(self, mode: str) -> None:
        super().run_well(mode)
        self.forgetful = False

    def check_shown(self, identifier: str, identities: Iterable[str], what: str) -> None:
        """What documents show is looked at by the other machines, whose ledgers forget nothing."""

    def keeps(self, record: str) -> frozenset[str]:
        """Whoever is held keeps what she has there, and is sent it again in a session; it is no more than before."""
        row = self.near.intranet.users.get(record)
        return row.identities if row is not None else frozenset()

    # -- lies -----------------------------------------------------------------------------------

    def carried(self) -> dict[str, set[str]]:
        """What each person carries of what the source truly gives her, besides her own."""
        found = {}
        for person in PEOPLE.keys() - self.away:
            email = address(person)
            true = {identity("group", one) for one in self.near.rooms.people[COMMUNITY, email].groups}
            row = self.near.intranet.users.get(record_id(email))
            found[person] = groups_of(row.identities) & true if row is not None else set()
        return found

    @rule(lie=st.sampled_from(sorted(LIES)), mode=st.sampled_from(["delta", "full", "full", "backfill"]))
    def run_with_a_lie(self, lie: str, mode: str) -> None:
        before = self.carried()
        of_groups = lie == "groups"
        self.near.wire.add(
            Fault(
                lambda c: (
                    c.path.endswith("/groups")
                    if of_groups
                    else "/people/" in c.path and "/people/-me-" not in c.path
                ),
                LIES[lie],
                times=None,
            )
        )
        self.go(mode)
        self.forget_faults()
        self.lies += 1
        if self.forgetful and self.lies > 1:
            return  # a ledger that never heard the truth cannot tell a second lie from it
        after = self.carried()
        lost = [person for person, had in before.items() if had and not after.get(person)]
        assert len(lost) <= FEW, lost

    # -- ledgers and intranets --------------------------------------------------------------------

    def back_up_ledger(self) -> None:
        Machine.copy_ledger(self, "ledger.db", "backup.db")

    @rule()
    def take_a_backup(self) -> None:
        self.copy_ledger("ledger.db", "backup.db")

    @precondition(lambda self: (self.folder / "first" / "var" / "backup.db").exists())
    @rule()
    def put_a_backup_back(self) -> None:
        self.strangers = self.forgetful = True
        self.lies = 0
        self.copy_ledger("backup.db", "ledger.db")

    @rule()
    def lose_the_ledger(self) -> None:
        self.forgetful, self.lies = True, 0
        self.strangers = True  # what stands in a room that is hidden now nobody knows any more
        ledgers.lose(self.folder / "first")

    @rule(mode=st.sampled_from(["delta", "full"]))
    def work_on_a_copy_for_a_while(self, mode: str) -> None:
        """Settings that point at a copy of the intranet: what is confirmed there says nothing about the real one."""
        intranet = self.near.intranet
        real = intranet.documents, intranet.users, intranet.tenant
        intranet.documents, intranet.users = copy.deepcopy(real[0]), dict(real[1])
        intranet.tenant = self.near.values["targets.intranet.tenant"] = COPY
        self.go(mode)
        intranet.documents, intranet.users, intranet.tenant = real
        self.near.values["targets.intranet.tenant"] = real[2]

    # -- the end ----------------------------------------------------------------------------------

    def make_good(self) -> None:
        """Once nobody lies, and a person decided, everybody finds what the source shows."""
        self.forget_faults()
        self.unhide_room()
        self.near.clock.pass_seconds(90_000)
        report = self.wait(self._last_runs())
        told = [report.outcome, *report.reasons]
        for person in sorted(PEOPLE.keys() - self.away):
            assert sees(self.near, person) >= may_see(self.near, person) & self.near.found(), (person, told)
        for person in self.away:
            row = self.near.intranet.users.get(record_id(address(person)))
            assert row is None, (person, told)
        assert not self.wrong, self.wrong

    async def _last_runs(self) -> Report:
        self.told.begin()
        report = await self.near.run("delta")
        for _ in range(4):
            wanted = {"approve": report.run_id} if report.outcome == "braked" else {}
            self.near.clock.pass_seconds(90_000)
            report = await self.near.run("full", **wanted)
        return report
