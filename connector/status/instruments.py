"""Which metrics there are: their names, what each says, and its labels."""

from __future__ import annotations

from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)

PREFIX = "interact_connector"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0)


class Instruments:
    """Each of them, with nothing told yet."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Info(PREFIX, "The connector.", registry=registry).info({"version": version("interact-connector")})

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"{PREFIX}_{name}", words, labels, registry=registry)

        self.of_targets: list[Gauge] = []
        """What is told of each target as it stands."""

        def gauge(name: str, words: str, *labels: str) -> Gauge:
            made = Gauge(f"{PREFIX}_{name}", words, labels, registry=registry)
            if "target" in labels:
                self.of_targets.append(made)
            return made

        self.runs = counter("runs", "Runs that ended, by outcome.", "target", "mode", "outcome")
        self.changes = counter("documents", "Documents by what became of them in runs.", "target", "change")
        self.swept = counter(
            "session_removals", "Documents that the intranet removed at the end of a session.", "target"
        )
        self.stalls = counter("stalled_runs", "Runs that stalled and were ended.", "target")
        self.requests = counter("requests", "Calls that ended, by host and status.", "host", "status")
        self.seconds = Histogram(
            f"{PREFIX}_request_seconds", "Duration of calls.", ["host"], registry=registry, buckets=BUCKETS
        )
        self.notifications = counter(
            "notifications",
            "Attempts to tell somebody, by channel (mail, webhook, digest) and whether it reached them.",
            "channel",
            "told",
        )
        self.found = gauge(
            "canary_found_seconds",
            "From the newest renewal of the search test that was found, to when it was; absent without one.",
            "target",
        )
        self.unfound = gauge(
            "canary_waiting_seconds",
            "Age of the oldest renewal of the search test that is not found yet.",
            "target",
        )
        self.on_hold = gauge("on_hold", "1 while a stranger finds the search test, else 0.", "target")
        self.compared = gauge(
            "compared_documents",
            "Documents looked for in the intranet by the last comparison (a full run's slice, or ledger verify); absent before the first.",
            "target",
        )
        self.compared_at = gauge(
            "compared_timestamp_seconds",
            "When the last comparison was made; absent before the first.",
            "target",
        )
        self.not_as_noted = gauge(
            "not_as_noted",
            "Documents of the last comparison that are not in the intranet as the ledger says; absent before the first.",
            "target",
        )
        self.documents = gauge(
            "documents_now", "Documents in the ledger by state: live, held, new.", "target", "state"
        )
        self.without_text = gauge(
            "documents_without_text", "Live documents whose file has no text.", "target"
        )
        self.quarantine = gauge("quarantine", "Documents in quarantine, by reason.", "target", "reason")
        self.held = gauge(
            "held", "Documents and people on hold and not kept by a decision, by reason.", "target", "reason"
        )
        self.last_good = gauge(
            "last_good_run_timestamp_seconds",
            "Start of the newest run after which search was up to date; 0 before the first.",
            "target",
        )
        self.last_seconds = gauge(
            "last_run_seconds", "Duration of the newest run of a mode.", "target", "mode"
        )
        self.waiting = gauge(
            "oldest_waiting_change_seconds",
            "Age of the oldest known change that the intranet does not have yet; 0 when none waits.",
            "target",
        )
        self.oldest = gauge(
            "oldest_membership_seconds",
            "Age of the memberships that a source told longest ago; 0 when nobody is known.",
            "target",
        )
        self.freshness = gauge(
            "freshness_seconds",
            "From a change in a source to its acceptance by the intranet, over the last day; absent without changes.",
            "target",
            "quantile",
        )
        self.workers = gauge(
            "workers",
            "Services that share a ledger, by state: working, silent (given up within a day), left.",
            "state",
        )
        self.taken = gauge("takeovers_day", "Runs taken over from silent workers within a day.")
        self.queue = gauge("queue_waiting", "Runs that are due and that no worker has begun.")
        self.rooms = gauge(
            "rooms_shared",
            "Rooms of a run that several workers walk now, by state: waiting, walking, done, failed (given up).",
            "target",
            "state",
        )
