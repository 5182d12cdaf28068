"""When people have their turn in the service: on a schedule of their own, beside those of deltas and full runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from connector.daemon.schedule import make_trigger


def plan_turns(
    scheduler: AsyncIOScheduler,
    fire: Callable[[str], Awaitable[None]],
    targets: Iterable[str],
    *,
    cron: str,
    timezone: str,
    jitter_s: int,
) -> None:
    """Give every target its next turn of people, as the clock is now; none where the cron fields are empty."""
    for target in targets if cron else ():
        scheduler.add_job(
            fire,
            make_trigger(cron, timezone, jitter_s=jitter_s),
            args=(target,),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
