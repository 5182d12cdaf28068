"""What the next run is asked for: its mode, its options, and when it may begin."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.document.durations import DAY_S, HOUR_S
from connector.ledger.runs import GOOD, PARTLY_GOOD
from connector.plan.brake import Limits
from connector.plan.item import Mode
from connector.plan.options import Options, Watch
from connector.sources.quiet_hours import QuietHours
from connector.wiring.opening import Opening

RECENT_RUNS = 50


class RunPlanning(Opening):
    """A connector made of its settings, that can say which runs it needs, and with what options."""

    def next_mode(self, target: str) -> Mode:
        """
        A delta, unless a session removed more than was predicted, or the intranet is another one, and no full run went well since.

        One that came to its end, while something waits for somebody, is not done again for a day, however long it took.
        """
        from connector.session.known_addresses import KnownIntranet

        with self.ledger() as ledger:
            runs = ledger.runs(target)
            recent = runs.recent(RECENT_RUNS)
            elsewhere_since = KnownIntranet(ledger.notes(""), target).since
        was_done = False
        for run in recent:
            if run.dry_run:
                continue
            if run.number == elsewhere_since or (run.next_mode == Mode.FULL and not was_done):
                return Mode.FULL
            if run.mode == Mode.FULL and run.outcome in GOOD:
                break
            if run.mode == Mode.FULL and run.outcome in PARTLY_GOOD:
                was_done = was_done or 0 <= self._clock() - (run.finished_at or run.started_at) < DAY_S
        return Mode.DELTA

    def options(
        self,
        target: str,
        mode: Mode,
        *,
        only: Sequence[str] = (),
        rooms: Sequence[str] = (),
        dry_run: bool = False,
        approve: str = "",
        keep: str = "",
        by: str = "",
        restart: bool = False,
        adopt: bool = False,
    ) -> Options:
        """Gather what a run was asked for and the settings it needs."""
        from connector.daemon.schedule import pause_of
        from connector.wiring.canary import target_of
        from connector.wiring.matching import matching_of

        part, safety = self.settings.targets[target], self.settings.safety
        return Options(
            mode=mode,
            only=tuple(only),
            rooms=tuple(rooms),
            dry_run=dry_run,
            approve=approve,
            keep=keep,
            by=by,
            restart=restart,
            adopt=adopt,
            sessions=part.sessions,
            batch_documents=part.batch_documents,
            batch_bytes=part.batch_bytes,
            concurrency=part.concurrency,
            settle_s=self.settings.http.settle_s,
            limits=Limits(max_deletes=safety.max_deletes, max_delete_ratio=safety.max_delete_ratio),
            audience_max_age_s=safety.audience_max_age_days * DAY_S,
            max_widened=safety.max_widened,
            matching=matching_of(part.people),
            canary=target_of(self) == target,
            people_every_s=pause_of(
                self.settings.people.every, self.settings.schedule.timezone, now=self._clock()
            ),
            people_max_age_s=self.settings.people.max_age_h * HOUR_S,
        )

    def quiet_until(self, target: str, options: Options | None = None) -> float:
        """
        When runs that read everything may begin: the end of the quiet hours of all their sources, in seconds since 1970.

        Args:
            options: of the run; a delta and a rebuild wait for nothing. None: a full run over all sources.

        Returns:
            0 where nothing is quiet now.
        """
        now = self._clock()
        return max((one.until(now) for one in self._quiet_hours(target, options)), default=0.0)

    def _quiet_hours(self, target: str, options: Options | None) -> list[QuietHours]:
        if options is not None and (options.mode is Mode.DELTA or options.adopt):
            return []
        only = options.only if options is not None else ()
        parts = [self.settings.sources[name] for name in only or self.sources_of(target)]
        return [
            QuietHours(hours, self.settings.schedule.timezone)
            for part in parts
            if (hours := part.quiet_hours())
        ]

    def until_quiet(self, target: str, options: Options, watch: Watch) -> Watch:
        """The same watch, which ends a run that reads everything where quiet hours begin."""
        asked, quiet = watch.stopping, self._quiet_hours(target, options)
        if not quiet:  # it is asked at every row
            return watch
        return msgspec.structs.replace(
            watch, stopping=lambda: asked() or any(one.until(self._clock()) for one in quiet)
        )
