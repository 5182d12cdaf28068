"""
Documents that other people may see than before, as one run finds out: noted here, sent by `narrowing` (fewer) and `widening` (more).

What a crawl decides about an item (`plan.step`) comes with an update; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from connector.document.audience import NOBODY, Audience
from connector.document.document import Known, Listed, Met
from connector.document.states import HELD
from connector.plan.brake import Braking
from connector.plan.context import Books, Run
from connector.plan.findings import Code, HoldReason
from connector.plan.step import AudienceUpdate, Facts, How
from connector.plan.tally import Sheet

NOTED_AT_ONCE = 500
KEPT_AUDIENCES = 10_000


def note_of_hold(digest: bytes) -> str:
    """What a hold for the loss of all readers is noted with: the list that was read, by its digest; empty where it names nobody."""
    return "" if digest == NOBODY.digest() else digest.hex()


class AudienceUpdates:
    """What is to be shown to others than before in one run, and how much of it may still be."""

    def __init__(self, run: Run, books: Books, sheet: Sheet) -> None:
        self._run = run
        self._documents = books.documents
        self._pending = books.pending_audiences
        self._sheet = sheet
        self._kept: dict[bytes, Audience] = {}
        self._refused: frozenset[str] = frozenset()
        """Ids of what the target refuses with fewer people."""
        self._late: list[tuple[str, bytes, str, Met]] = []
        """What only the crawl found to be narrowed: id, audience as read, how, where it was met."""
        self._wider: list[tuple[str, bytes, bytes, Met]] = []
        """What more people may see: id, audience as read, the version that was listed with it, where it was met."""
        self.to_others: set[str] = set()
        """Ids of what its old readers lost in this run, before anybody could tell whether it was changed, too: others get it when it is met."""
        self.names_come = False
        """Whether some breadcrumb is to tell the name of a container again."""
        self._exchanged = 0
        """Documents that got another audience altogether."""
        self.exchanging: Callable[[], None] = lambda: None
        """Is told of each further one, before it goes out."""
        self._braked = False

    # -- what a plan is made with --------------------------------------------------------------

    def facts(self, listed: Listed, known: Known | None, *, waiting: bytes | None, rules: bytes) -> Facts:
        """Gather what else decides about a listed item."""
        if known is None or (listed.audience is not None and listed.audience.digest() == known.audience):
            return Facts(rules=rules, waiting=waiting)
        may_exchange = self.exchanges_left > 0
        return Facts(
            rules=rules,
            waiting=waiting,
            had=self.had(known),
            is_refused=listed.id in self._refused,
            is_held_as_lost=known.state == HELD and self._stays_held(listed, may_exchange=may_exchange),
            may_exchange=may_exchange,
            goes_to_others=listed.id in self.to_others,
        )

    def had(self, known: Known) -> Audience | None:
        """With whom the intranet accepted a document last."""
        return self.audience(known.audience) if known.audience else None

    def audience(self, digest: bytes) -> Audience:
        """The audience of a digest."""
        if digest not in self._kept:
            if len(self._kept) >= KEPT_AUDIENCES:
                self._kept.clear()
            self._kept[digest] = self._pending.audience(digest) or NOBODY
        return self._kept[digest]

    def _stays_held(self, listed: Listed, *, may_exchange: bool) -> bool:
        """Whether it is on hold for having lost all its readers: for this very list, or no more may be exchanged in this run."""
        standing = self._documents.standing([listed.id]).get(listed.id)
        if standing is None or standing.held_why != HoldReason.LOST:
            return False
        is_another = listed.audience is not None and standing.held_note != note_of_hold(
            listed.audience.digest()
        )
        return not (is_another and may_exchange)

    # -- what is to be remembered of it --------------------------------------------------------

    def remember(self, audience: Audience) -> bytes:
        """Keep an audience by its digest."""
        digest = audience.digest()
        if self._kept.get(digest) is None:
            self._pending.remember(audience)
            self._kept[digest] = audience
        return digest

    def note(self, listed: Listed, update: AudienceUpdate, met: Met) -> None:
        """
        Remember what a plan leaves to be done of who may find an item.

        Args:
            met: where it was met; what another listing met elsewhere meanwhile is as that one tells.
        """
        if update.holds:
            self._hold({listed.id: update.read.digest() if update.read is not None else b""})
            self._sheet.tell(Code.EXCHANGED)
        if update.read is not None and update.how is not None:
            if update.how is How.REPLACE:
                self._exchanged += 1
                self.exchanging()
            self._late.append((listed.id, self.remember(update.read), update.how, met))
            if len(self._late) >= NOTED_AT_ONCE:
                self.write_late()
        self.note_wider(listed, update, met)

    def note_wider(self, listed: Listed, update: AudienceUpdate, met: Met) -> None:
        """Remember that more people may find an item, once the intranet has it in the version that was listed."""
        if update.read is None or not update.wider:
            return
        self._wider.append((listed.id, self.remember(update.read), listed.version, met))
        if len(self._wider) >= NOTED_AT_ONCE:
            self.write_wider()

    def is_made_anew(self, identifier: str) -> None:
        """
        An item was met in another version than was accepted: its breadcrumb is made with it, and not of what was accepted.

        A container may have had another name then, before more people saw it.
        """
        if self.names_come:
            self._pending.forget_names([identifier])

    def write_late(self) -> None:
        """Write down what only the crawl found to be narrowed."""
        late, self._late = self._late, []
        self._pending.narrow_met(late)

    def write_wider(self) -> None:
        """Write down what more people may see."""
        wider, self._wider = self._wider, []
        self._pending.widen_met(wider, run=self._run.number)

    def take_back(self, ids: Sequence[str], containers: Sequence[str]) -> None:
        """
        These were met in another place, and with a container all below it: who was to see them where this run met them before
        counts no more.

        What moves from an opened room into a closed one between their listings must not be shown, at the end, to those who see
        the first.
        """
        self.write_late()
        self.write_wider()
        self._pending.take_back(ids, run=self._run.number, containers=containers)

    def count_exchanged(self, number: int) -> None:
        """So many documents got another audience altogether before the crawl."""
        self._exchanged = number

    @property
    def exchanges_left(self) -> int:
        """How many documents may still get another audience altogether."""
        return 0 if self._braked else max(0, self._run.options.max_widened - self._exchanged)

    @property
    def exchanged(self) -> int:
        """How many got one."""
        return self._exchanged

    @property
    def refused(self) -> frozenset[str]:
        """Ids of what the target refuses with fewer people."""
        return self._refused

    def refuse(self, ids: Iterable[str]) -> None:
        """These the target refuses with fewer people: nothing of them goes out until they left the search."""
        self._refused = frozenset(ids)

    def is_refused(self, identifier: str) -> bool:
        """Whether it is one of them."""
        return identifier in self._refused

    def brake(self, braking: Braking, losing: Mapping[str, bytes]) -> None:
        """
        Too many would be found by nobody any more: hold some as they are, and let no more be exchanged.

        Args:
            losing: the digest of the list that was read, by id.
        """
        self._braked = True
        self._hold(losing)
        self._sheet.tell(Code.LOST_BRAKED, tripped=braking.tripped)

    def _hold(self, losing: Mapping[str, bytes]) -> None:
        """Hold some as they are, for the lists that were read: what is decided about them counts for these alone."""
        for digest in set(losing.values()):
            of_it = [(one, HoldReason.LOST) for one, read in losing.items() if read == digest]
            self._documents.hold(of_it, run=self._run.number, note=note_of_hold(digest))
