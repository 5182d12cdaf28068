"""
Numbers for Prometheus: what this process did, and what stands in the ledger.

Calls are counted as they end. Runs and documents are counted from the run history, so that a person's `sync`
beside the service counts, too; counting starts when the service starts. No title, name or id is a label.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from prometheus_client import generate_latest

from connector.canary.stored_state import read_canary_state
from connector.canary.watching import waited_s
from connector.document.states import DocumentState
from connector.ledger.browse import Freshness
from connector.ledger.compared import read_compared
from connector.ledger.members import MemberState
from connector.ledger.on_hold import read_hold
from connector.ledger.store import Ledger
from connector.plan.item import Mode
from connector.plan.report import EXIT_CODES
from connector.plan.state_words import CHANGES
from connector.status.instruments import Instruments
from connector.status.workers import tell_workers

CHANNELS = ("mail", "webhook", "digest")
"""By which people are told."""
TOLD = {True: "yes", False: "no"}


class Metrics:
    """Everything `/metrics` tells."""

    def __init__(self) -> None:
        self._metric = Instruments()
        self._begun: set[str] = set()
        """Targets of which something is told."""
        self._counted: dict[str, int] = {}
        """Per target: number of the newest run that was counted."""
        self._looked: dict[str, int] = {}
        """Per target: the newest run when the dearer numbers were read."""
        self._fresh: dict[str, Freshness] = {}
        self._one_at_a_time = threading.Lock()
        """Pages and scrapes are answered in threads."""

    def start(self, ledger: Ledger, targets: list[str]) -> None:
        """Count from here on."""
        for channel in CHANNELS:  # what is told first when it grows alarms nobody, as below
            for reached in TOLD.values():
                self._metric.notifications.labels(channel, reached)
        for target in targets:
            self._begin(target)
            self._counted[target] = ledger.browse(target).last_number(real=True)

    def _begin(self, target: str) -> None:
        """Tell that nothing was counted yet: of what is told first when it comes, no rule sees that it came."""
        if target in self._begun:
            return
        self._begun.add(target)
        self._metric.stalls.labels(target)
        self._metric.swept.labels(target)
        for change in CHANGES:
            self._metric.changes.labels(target, change)
        for mode in Mode:
            for outcome in EXIT_CODES:
                self._metric.runs.labels(target, mode.value, outcome)

    def _end(self, targets: Collection[str]) -> None:
        """Tell no more how targets stand that the settings have no more: nothing of them changes, and alerts would never end."""
        for target in self._begun.difference(targets):
            self._begun.discard(target)
            for one in self._metric.of_targets:
                one.remove_by_labels({"target": target})

    def observe(self, host: str, method: str, path: str, status: str, seconds: float) -> None:
        """A call ended."""
        self._metric.requests.labels(host, status).inc()
        self._metric.seconds.labels(host).observe(seconds)

    def told(self, channel: str, reached: bool) -> None:
        """Somebody was told, or was to be."""
        self._metric.notifications.labels(channel, TOLD[reached]).inc()

    def stalled(self, target: str) -> None:
        """A run stood still and was ended."""
        self._metric.stalls.labels(target).inc()

    def render(self, ledger: Ledger, targets: dict[str, set[str]], *, now: float) -> bytes:
        """
        Everything in Prometheus' text format.

        Args:
            targets: the sources of each target.
        """
        with self._one_at_a_time:
            self._end(targets)
            for target, sources in targets.items():
                self._begin(target)
                self._count_runs(ledger, target)
                self._look(ledger, target, sources, now=now)
            self._look_at_workers(ledger, now=now)
            return generate_latest(self._metric.registry)

    def freshness(self, ledger: Ledger, target: str, sources: set[str], *, now: float) -> Freshness:
        """The delay of the last day, measured anew when a run ended."""
        with self._one_at_a_time:
            return self._read_dearer(ledger, target, sources, now=now)

    def _read_dearer(self, ledger: Ledger, target: str, sources: set[str], *, now: float) -> Freshness:
        """Read what takes a look at the documents that deltas sent within a day, once after every run."""
        newest = ledger.browse(target).last_number()
        if self._looked.get(target) != newest:
            browse = ledger.browse(target)
            self._fresh[target] = browse.freshness(now=now, sources=sources)
            self._looked[target] = newest
        return self._fresh[target]

    def _count_runs(self, ledger: Ledger, target: str) -> None:
        after = self._counted.get(target, 0)
        for run in sorted(ledger.browse(target).runs(after=after), key=lambda one: one.number):
            if run.dry_run:  # its number is that of its end: an earlier one may be under way
                continue
            self._counted[target] = run.number
            self._metric.runs.labels(target, run.mode, run.outcome).inc()
            documents = run.report.get("documents", {})
            for change in CHANGES:
                self._metric.changes.labels(target, change).inc(documents.get(change, 0))
            self._metric.swept.labels(target).inc(run.report.get("session", {}).get("reported_removals", 0))
            self._metric.last_seconds.labels(target, run.mode).set(run.report.get("duration_seconds", 0.0))

    def _look_at_workers(self, ledger: Ledger, *, now: float) -> None:
        told = tell_workers(ledger, [], shared=True, now=now)
        states = [one["state"] for one in told["workers"]]
        for known in MemberState:
            self._metric.workers.labels(known).set(states.count(known))
        self._metric.taken.set(len(told["takeovers"]))
        self._metric.queue.set(told["waiting"])

    def _look(self, ledger: Ledger, target: str, sources: set[str], *, now: float) -> None:
        browse = ledger.browse(target)
        fresh = self._read_dearer(ledger, target, sources, now=now)
        tally = ledger.counts(target).tally()
        for known in (DocumentState.LIVE, DocumentState.HELD, DocumentState.NEW):
            self._metric.documents.labels(target, known).set(tally.states.get(known, 0))
        self._metric.without_text.labels(target).set(sum(tally.without_text.values()))
        for quantile, seconds in (("0.5", fresh.median_s), ("0.95", fresh.p95_s)):
            if seconds is None:
                self._metric.freshness.remove_by_labels({"target": target, "quantile": quantile})
            else:
                self._metric.freshness.labels(target, quantile).set(seconds)
        self._metric.quarantine.remove_by_labels({"target": target})
        for reason, count in browse.quarantine_reasons().items():
            self._metric.quarantine.labels(target, reason).set(count)
        self._metric.held.remove_by_labels({"target": target})
        for one in ledger.waiting(target).counts():
            self._metric.held.labels(target, one.why).inc(one.count)
        self._look_at_canary(ledger, target, now=now)
        if (last := read_compared(ledger.notes(""), target)) is not None:
            self._metric.compared.labels(target).set(last.asked)
            self._metric.compared_at.labels(target).set(last.at)
            self._metric.not_as_noted.labels(target).set(sum(last.drift.values()))
        self._metric.rooms.remove_by_labels({"target": target})
        for walk in ledger.shards(target).walks(now=now):
            for state, count in walk.rooms.items():
                self._metric.rooms.labels(target, state.value).inc(count)
        good = browse.last_good(sources)
        self._metric.last_good.labels(target).set(good.started_at if good else 0)
        told = ledger.people(target).oldest_told()
        self._metric.oldest.labels(target).set(max(0.0, now - told) if told is not None else 0)
        waiting = browse.oldest_waiting()
        self._metric.waiting.labels(target).set(max(0.0, now - waiting) if waiting is not None else 0)

    def _look_at_canary(self, ledger: Ledger, target: str, *, now: float) -> None:
        notes = ledger.notes("")
        state = read_canary_state(notes, target)
        self._metric.on_hold.labels(target).set(read_hold(notes, target) is not None)
        self._metric.unfound.labels(target).set((state and waited_s(state, now=now)) or 0)
        if state is not None and state.lags:
            self._metric.found.labels(target).set(state.lags[-1].seconds)
        else:
            self._metric.found.remove_by_labels({"target": target})
