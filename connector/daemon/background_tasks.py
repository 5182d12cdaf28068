"""What the service does beside its runs, each in a task of its own: none waits for another, and no run for any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from connector.app import App
from connector.notify.notifier import Notifier
from connector.plan.item import Mode
from connector.status.metrics import Metrics
from connector.wiring.after_runs import look_now_and_then
from connector.wiring.canary import canary_of
from connector.wiring.notifications import digest_of
from connector.wiring.orders import carry_out_waiting
from connector.wiring.settings_compared import SettingsCompared
from connector.wiring.settings_news import SettingsNews


def begin(
    app: Callable[[], App],
    notifier: Notifier,
    metrics: Metrics,
    *,
    every_s: float,
    leads: Callable[[], bool],
    refused: Callable[[], str],
) -> list[asyncio.Task[None]]:
    """
    Tell somebody, renew and look for the canary, carry out what was ordered and left.

    Args:
        app: as the settings are now.
        notifier: tells of runs, and has told of them since the service began.
        refused: why they were when they were read last; empty where they were not.
        leads: whether this is the one of several services that tells and looks; each carries out, and says whether it has one.
    """

    async def carry_out() -> None:
        now = app()
        await carry_out_waiting(now, lambda target: now.options(target, Mode.DELTA))

    async def stand_by() -> None:
        if app().shared_ledger:
            await canary.stand_by()

    canary = canary_of(app)
    led = {
        "notify": notifier.look,
        "digest": digest_of(app, counted=metrics.told).look,
        "canary": canary.look,
    }
    looks = (
        *(look_now_and_then(name, look, every_s=every_s, leads=leads) for name, look in led.items()),
        look_now_and_then("notify", SettingsNews(app, refused, notifier).look, every_s=every_s),
        look_now_and_then("settings", SettingsCompared(app).look, every_s=every_s),
        look_now_and_then("orders", carry_out, every_s=every_s),
        look_now_and_then("canary", stand_by, every_s=every_s),
    )
    return [asyncio.create_task(one) for one in looks]
