"""A connector that tells by webhook or mail: its settings, its runs as they end, and a look as the service takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connector.app import App
from connector.errors import LedgerError
from connector.sandbox.faults import Fault, Status
from connector.wiring.notifications import digest_of, notifier_of
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.notify.postoffice import Hook, PostOffice
from tests.rules.ground import break_all

DAY = 86_400.0


def by_webhook(near: Neighbourhood, hook: Hook, form: str = "json") -> None:
    near.values.update({"notify.webhook": hook.url, "notify.webhook_form": form})


def by_mail(near: Neighbourhood, office: PostOffice) -> None:
    near.values.update(
        {
            "notify.smtp.host": "127.0.0.1",
            "notify.smtp.port": office.port,
            "notify.smtp.from": "connector@example.com",
            "notify.smtp.to": ["kari@example.com"],
        }
    )


@asynccontextmanager
async def told_both_ways(folder: Path) -> AsyncIterator[tuple[Neighbourhood, Hook, PostOffice]]:
    """A connector that tells by webhook and by mail, and who is told."""
    async with (
        neighbourhood(folder, furnish_small) as near,
        Hook().open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
        yield near, hook, office


def own(near: Neighbourhood, *rows: str) -> Path:
    """Say who owns which rooms; gives the list."""
    near.values["notify.owners"] = "owners.csv"
    file = near.folder / "owners.csv"
    file.write_text("\n".join(["room,email", *rows, ""]), encoding="utf-8")
    return file


async def look(near: Neighbourhood) -> None:
    await notifier_of(near.app).look()
    await digest_of(near.app).look()


def refuse(*_: object, **__: object) -> None:
    """What a full disk does to whoever opens a ledger, or writes there."""
    raise LedgerError("The disk of the ledger is full")


def end_a_run(near: Neighbourhood, outcome: str, app: App | None = None) -> None:
    """A run that came to nothing but its outcome."""
    with (app or near.app()).ledger() as ledger:
        runs = ledger.runs("intranet")
        run = runs.start(mode="delta", dry_run=False, now=near.clock())
        runs.finish(run.number, outcome=outcome, report="{}", now=near.clock())


def lock_out(near: Neighbourhood) -> Fault:
    return break_all(near, "PUT *", Status(401))
