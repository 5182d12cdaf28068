"""
Numbers for Prometheus: what this process did, and what stands in the ledger.

Calls are counted as they end. Runs and documents are counted from the run history, so that a person's `sync`
beside the service counts, too; counting starts when the service starts. No title, name or id is a label.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from connector.canary.memory import read_memory
from connector.canary.watching import waited_s
from connector.document.states import DocumentState
from connector.ledger.browse import Freshness
from connector.ledger.compared import read_compared
from connector.ledger.members import MemberState
from connector.ledger.on_hold import read_hold
from connector.ledger.store import Ledger
from connector.plan.item import Mode
from connector.plan.report import EXIT_CODES
from connector.status.workers import tell_workers

PREFIX = "interact_connector"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0)
CHANGES = ("added", "updated", "deleted", "unchanged")


class Metrics:
    """Everything `/metrics` tells."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Info(PREFIX, "The connector.", registry=registry).info({"version": version("interact-connector")})

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"{PREFIX}_{name}", words, labels, registry=registry)

        self._of_targets: list[Gauge] = []
        """What is told of each target as it stands."""

        def gauge(name: str, words: str, *labels: str) -> Gauge:
            made = Gauge(f"{PREFIX}_{name}", words, labels, registry=registry)
            if "target" in labels:
                self._of_targets.append(made)
            return made

        self._runs = counter("runs", "Runs that ended, by outcome.", "target", "mode", "outcome")
        self._changes = counter("documents", "Documents by what became of them in runs.", "target", "change")
        self._swept = counter(
            "session_removals", "Documents that the intranet removed at the end of a session.", "target"
        )
        self._stalls = counter("stalled_runs", "Runs that stalled and were ended.", "target")
        self._requests = counter("requests", "Calls that ended, by host and status.", "host", "status")
        self._seconds = Histogram(
            f"{PREFIX}_request_seconds", "Duration of calls.", ["host"], registry=registry, buckets=BUCKETS
        )
        self._notifications = counter(
            "notifications",
            "Attempts to tell somebody, by channel (mail, webhook, digest) and whether it reached them.",
            "channel",
            "told",
        )
        self._found = gauge(
            "canary_found_seconds",
            "From the newest renewal of the search test that was found, to when it was; absent without one.",
            "target",
        )
        self._unfound = gauge(
            "canary_waiting_seconds",
            "Age of the oldest renewal of the search test that is not found yet.",
            "target",
        )
        self._on_hold = gauge("on_hold", "1 while a stranger finds the search test, else 0.", "target")
        self._compared = gauge(
            "compared_documents",
            "Documents looked for in the intranet by the last comparison (a full run's slice, or ledger verify); absent before the first.",
            "target",
        )
        self._compared_at = gauge(
            "compared_timestamp_seconds",
            "When the last comparison was made; absent before the first.",
            "target",
        )
        self._not_as_noted = gauge(
            "not_as_noted",
            "Documents of the last comparison that are not in the intranet as the ledger says; absent before the first.",
            "target",
        )
        self._documents = gauge(
            "documents_now", "Documents in the ledger by state: live, held, new.", "target", "state"
        )
        self._without_text = gauge(
            "documents_without_text", "Live documents whose file has no text.", "target"
        )
        self._quarantine = gauge("quarantine", "Documents in quarantine, by reason.", "target", "reason")
        self._held = gauge(
            "held", "Documents and people on hold and not kept by a decision, by reason.", "target", "reason"
        )
        self._last_good = gauge(
            "last_good_run_timestamp_seconds",
            "Start of the newest run after which search was up to date; 0 before the first.",
            "target",
        )
        self._last_seconds = gauge(
            "last_run_seconds", "Duration of the newest run of a mode.", "target", "mode"
        )
        self._waiting = gauge(
            "oldest_waiting_change_seconds",
            "Age of the oldest known change that the intranet does not have yet; 0 when none waits.",
            "target",
        )
        self._oldest = gauge(
            "oldest_membership_seconds",
            "Age of the memberships that a source told longest ago; 0 when nobody is known.",
            "target",
        )
        self._freshness = gauge(
            "freshness_seconds",
            "From a change in a source to its acceptance by the intranet, over the last day; absent without changes.",
            "target",
            "quantile",
        )
        self._workers = gauge(
            "workers",
            "Services that share a ledger, by state: working, silent (given up within a day), left.",
            "state",
        )
        self._taken = gauge("takeovers_day", "Runs taken over from silent workers within a day.")
        self._queue = gauge("queue_waiting", "Runs that are due and that no worker has begun.")
        self._rooms = gauge(
            "rooms_shared",
            "Rooms of a run that several workers walk now, by state: waiting, walking, done, failed (given up).",
            "target",
            "state",
        )
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
        for target in targets:
            self._begin(target)
            self._counted[target] = ledger.browse(target).last_number(real=True)

    def _begin(self, target: str) -> None:
        """Tell that nothing was counted yet: of what is told first when it comes, no rule sees that it came."""
        if target in self._begun:
            return
        self._begun.add(target)
        self._stalls.labels(target)
        self._swept.labels(target)
        for change in CHANGES:
            self._changes.labels(target, change)
        for mode in Mode:
            for outcome in EXIT_CODES:
                self._runs.labels(target, mode.value, outcome)

    def _end(self, targets: Collection[str]) -> None:
        """Tell no more how targets stand that the settings have no more: nothing of them changes, and alerts would never end."""
        for target in self._begun.difference(targets):
            self._begun.discard(target)
            for one in self._of_targets:
                one.remove_by_labels({"target": target})

    def observe(self, host: str, method: str, path: str, status: str, seconds: float) -> None:
        """A call ended."""
        self._requests.labels(host, status).inc()
        self._seconds.labels(host).observe(seconds)

    def told(self, channel: str, reached: bool) -> None:
        """Somebody was told, or was to be."""
        self._notifications.labels(channel, "yes" if reached else "no").inc()

    def stalled(self, target: str) -> None:
        """A run stood still and was ended."""
        self._stalls.labels(target).inc()

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
            return generate_latest(self._registry)

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
            self._runs.labels(target, run.mode, run.outcome).inc()
            documents = run.report.get("documents", {})
            for change in CHANGES:
                self._changes.labels(target, change).inc(documents.get(change, 0))
            self._swept.labels(target).inc(run.report.get("session", {}).get("reported_removals", 0))
            self._last_seconds.labels(target, run.mode).set(run.report.get("duration_seconds", 0.0))

    def _look_at_workers(self, ledger: Ledger, *, now: float) -> None:
        told = tell_workers(ledger, [], shared=True, now=now)
        states = [one["state"] for one in told["workers"]]
        for known in MemberState:
            self._workers.labels(known).set(states.count(known))
        self._taken.set(len(told["takeovers"]))
        self._queue.set(told["waiting"])

    def _look(self, ledger: Ledger, target: str, sources: set[str], *, now: float) -> None:
        browse = ledger.browse(target)
        fresh = self._read_dearer(ledger, target, sources, now=now)
        tally = ledger.counts(target).tally()
        for known in (DocumentState.LIVE, DocumentState.HELD, DocumentState.NEW):
            self._documents.labels(target, known).set(tally.states.get(known, 0))
        self._without_text.labels(target).set(sum(tally.without_text.values()))
        for quantile, seconds in (("0.5", fresh.median_s), ("0.95", fresh.p95_s)):
            if seconds is None:
                self._freshness.remove_by_labels({"target": target, "quantile": quantile})
            else:
                self._freshness.labels(target, quantile).set(seconds)
        self._quarantine.remove_by_labels({"target": target})
        for reason, count in browse.quarantine_reasons().items():
            self._quarantine.labels(target, reason).set(count)
        self._held.remove_by_labels({"target": target})
        for one in ledger.waiting(target).counts():
            self._held.labels(target, one.why).inc(one.count)
        self._look_at_canary(ledger, target, now=now)
        if (last := read_compared(ledger.notes(""), target)) is not None:
            self._compared.labels(target).set(last.asked)
            self._compared_at.labels(target).set(last.at)
            self._not_as_noted.labels(target).set(sum(last.drift.values()))
        self._rooms.remove_by_labels({"target": target})
        for walk in ledger.shards(target).walks(now=now):
            for state, count in walk.rooms.items():
                self._rooms.labels(target, state.value).inc(count)
        good = browse.last_good(sources)
        self._last_good.labels(target).set(good.started_at if good else 0)
        told = ledger.people(target).oldest_told()
        self._oldest.labels(target).set(max(0.0, now - told) if told is not None else 0)
        waiting = browse.oldest_waiting()
        self._waiting.labels(target).set(max(0.0, now - waiting) if waiting is not None else 0)

    def _look_at_canary(self, ledger: Ledger, target: str, *, now: float) -> None:
        notes = ledger.notes("")
        memory = read_memory(notes, target)
        self._on_hold.labels(target).set(read_hold(notes, target) is not None)
        self._unfound.labels(target).set((memory and waited_s(memory, now=now)) or 0)
        if memory is not None and memory.lags:
            self._found.labels(target).set(memory.lags[-1].seconds)
        else:
            self._found.remove_by_labels({"target": target})
