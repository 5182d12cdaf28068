"""What people may see more is given to them after everything else was sent; in a full run everybody is pushed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

import msgspec

from connector.ledger.people import People, Record, Share
from connector.people.plan import Act, Said, Step, combine, groups_of, plan_granting
from connector.people.sending import Sending, Wanted
from connector.plan.context import Run
from connector.plan.findings import NAMED_IN_REASONS, Code
from connector.plan.tally import Sheet
from connector.ports.matching import record_id


class RunGaps(msgspec.Struct, frozen=True, kw_only=True):
    """What else became of the run whose people are pushed."""

    absent: int = 0
    """Sources of the target that could not be read."""
    incomplete: int = 0
    """Rooms that were not listed to the end, and rooms whose lists of people are unknown."""
    unseen: int = 0
    """Sources of which no room was listed."""
    unknowing: frozenset[str] = frozenset()
    """Names of the sources of which the intranet may have seen more than this ledger."""
    unnamed: int = 0
    """Sources of which the intranet has documents, and that neither the settings name nor the ledger knows."""
    noted: int = 0
    """Records that the rooms' notes tell of, without what was removed since."""


class Granting:
    """What is given to the people of one target in one run."""

    def __init__(
        self, run: Run, people: People, sending: Sending, sheet: Sheet, is_on_hold: Callable[[], bool]
    ) -> None:
        """
        Args:
            is_on_hold: whether the target is on hold by now.
        """
        self.disputed: set[str] = set()
        """Ids of the records of addresses that two people of one source have, when it was given last."""
        self._run = run
        self._people = people
        self._sending = sending
        self._sheet = sheet
        self._is_on_hold = is_on_hold

    async def give(self, gaps: RunGaps, *, whole: bool = False) -> bool:
        """
        Push who may see more, or is new.

        Args:
            whole: whether everybody is pushed again.

        Returns:
            Whether all of it was sent: nothing more is from the moment that the target is on hold.
        """
        self.disputed.clear()
        # whoever a ledger in doubt does not know by all sources may have more in the intranet than this run can tell
        guesses = bool(gaps.unnamed or (gaps.unknowing and (gaps.absent or gaps.incomplete)))
        batch: list[Wanted] = []
        now = self._run.now()
        for wanted in self._kept() if whole else ():
            batch.append(wanted)
            if len(batch) >= self._sending.batch and not await self._give(batch):
                return False
        pages = self._people.addresses() if whole else self._people.unsettled_addresses(record_id)
        for page in pages:
            records = self._people.records([record_id(address) for address in page])
            named = self._people.named(page)
            for address in page:
                record = records.get(record_id(address))
                act = self._last(
                    address, record, combine(named[address], run=self._run.number), whole=whole, now=now
                )
                if (
                    act.step is not Step.PUSH
                    or guesses
                    or _may_have_more(act, named[address], gaps.unknowing)
                ):
                    continue
                batch.append((record_id(address), address, act.identities))
                if len(batch) >= self._sending.batch and not await self._give(batch):
                    return False
        return await self._give(batch)

    async def _give(self, batch: list[Wanted]) -> bool:
        """Push one batch, unless the target is on hold; says whether it was sent."""
        if self._is_on_hold():
            return False
        await self._sending.push(batch)
        batch.clear()
        return True

    def _last(self, address: str, record: Record | None, said: Said, *, whole: bool, now: float) -> Act:
        if said.disputed:
            self.disputed.add(record_id(address))
            if len(self.disputed) <= NAMED_IN_REASONS:
                self._sheet.tell(Code.TWO_PEOPLE, sources=", ".join(said.disputed), title=address, id="")
        if record is not None and record.held_run is not None:
            return Act(Step.KEEP)
        return plan_granting(record, said, whole=whole, now=now)

    def _kept(self) -> Iterator[Wanted]:
        """Who is held, with what the intranet has of her; where that is not clear, what it may have is not given to her."""
        for page in self._people.pages(held=True):
            named = self._people.named([record.address for record in page])
            for record in page:
                said = combine(named.get(record.address, ()), run=self._run.number)
                if record.sent and not said.disputed and not said.waits:
                    yield record.id, record.address, record.sent


def _may_have_more(act: Act, shares: Sequence[Share], unknowing: Set[str]) -> bool:
    """
    Whether somebody had groups, for all that a ledger in doubt can tell, and is now said to be in none.

    A list of groups that is empty is as likely a lie as the truth, for one person as for all; the next run, whose ledger
    knows what it sent, can tell.
    """
    return not groups_of(act.identities) and any(share.source in unknowing for share in shares)
