"""
How many documents there are by state, reason and format, as counted last: kept in the ledger.

Counting looks at all of them, some seconds per million. So it is done by whoever is the first to look after a run that
changed something (the service does so itself, at rest), or after an order was carried out, and once in a while while a run
goes on.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from connector.ledger.browse import PastRun
from connector.ledger.catalogue import QUARANTINED, WITHOUT_TEXT, Count, Format, Wanted
from connector.ledger.store import Ledger
from connector.plan.report import removed_in

KIND = "totals"
"""The kind of note of the whole ledger, one a target."""
FRESH_S = 60.0
"""How old they may be while a run goes on."""
RUNS = 50
"""That changed nothing, at most, since they were counted."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted: after which run, when, and how long it took."""

    run: int
    at: float
    states: dict[str, int]
    with_text: int
    without_text: dict[str, int]
    """By reason."""
    formats: list[Format]

    def lacks_as_many_texts(self, run: PastRun) -> bool:
        """Whether a run left as many documents without text as were counted."""
        return bool(run.report.get("documents", {}).get("without_text") == sum(self.without_text.values()))

    def count(self, wanted: Wanted, *, never_sent: int) -> Count | None:
        """How many documents are wanted, where only a state was asked for, or nothing; None: it is not known."""
        if wanted == Wanted():
            there = sum(many for state, many in self.states.items() if state != "removed")
            return Count(documents=there + never_sent, at_least=False, reasons=self.without_text)
        if wanted == Wanted(state=WITHOUT_TEXT):
            many = sum(self.without_text.values())
            return Count(documents=many, at_least=False, reasons=self.without_text)
        if wanted.state and wanted == Wanted(state=wanted.state) and wanted.state != QUARANTINED:
            return Count(documents=self.states.get(wanted.state, 0), at_least=False, reasons={})
        return None


def totals_of(ledger: Ledger, target: str, *, now: float) -> Totals:
    """What stands in the ledger, as counted last, or now where that is too old."""
    browse, notes = ledger.browse(target), ledger.notes("")
    newest = browse.last_number()
    noted = notes.get(KIND, target)
    kept = _read(noted[0]) if noted is not None else None
    if kept is not None and still_holds(
        ledger, target, run=kept.run, at=kept.at, now=now, same=kept.lacks_as_many_texts
    ):
        return kept
    documents = ledger.documents(target)
    with_text, without_text = documents.texts()
    counted = Totals(
        run=newest,
        at=now,
        states=documents.counts(),
        with_text=with_text,
        without_text=without_text,
        formats=ledger.catalogue(target).formats(),
    )
    notes.put(KIND, target, msgspec.json.encode(counted))
    return counted


def still_holds(
    ledger: Ledger,
    target: str,
    *,
    run: int,
    at: float,
    now: float,
    same: Callable[[PastRun], bool] = lambda _: True,
) -> bool:
    """
    Whether nothing was written since that changes what was counted: by a run that ended or goes on, or by an order.

    Args:
        run, at: the newest run when it was counted, and when that was.
        same: whether a later run that neither sent nor removed anything left it as it was, too.
    """
    if any((one.done_at or 0.0) > at for one in ledger.orders(target).standing()):
        return False
    browse = ledger.browse(target)
    if run != browse.last_number():
        since = list(browse.runs(after=run, limit=RUNS + 1))
        if len(since) > RUNS or not all(
            one.dry_run or (_changed_nothing(one) and same(one)) for one in since
        ):
            return False
    return 0 <= now - at < FRESH_S or browse.under_way() is None


def _changed_nothing(run: PastRun) -> bool:
    told = run.report.get("documents", {})
    changed = [told.get(key, 0) for key in ("added", "updated", "held", "quarantined")]
    return not any(changed) and not removed_in(run.report)


def _read(value: bytes) -> Totals | None:
    """Read what was kept; None where another release wrote it."""
    try:
        return msgspec.json.decode(value, type=Totals)
    except msgspec.DecodeError:
        return None
