"""`connector hide`: out of the search now, and out it stays."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from connector.app import App
from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, TargetName, new_verb
from connector.commands.orders import (
    Because,
    Fits,
    Until,
    Who,
    done_with,
    end_of_hiding,
    meant,
    out_already,
    see_through,
    whoever,
)
from connector.commands.running import USAGE, WITHHELD, read_to_hide, run_verb, tell
from connector.document.dates import wall_times
from connector.engine.event_loop import run_program
from connector.errors import SettingsError
from connector.ledger.orders import Order, OrderKind
from connector.plan import order_words
from connector.status import hidden
from connector.status.document_lookup import tell_several
from connector.wiring.orders import new_id, open_to_order, write

verb = new_verb()


@verb.command()
def hide(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|LINK|TITLE",
            help="An id (ours or the source's), the address in a browser, or a title.",
        ),
    ],
    until: Until = "",
    because: Because = "",
    who: Who = "",
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = App(read_to_hide(settings), with_lists=False)
        name = app.target_named(target)
        with open_to_order(app) as ledger:
            now = app.now()
            ends = end_of_hiding(until, app.settings.schedule.timezone, now=now)
            try:
                one = meant(ledger, name, what)
            except Fits as fit:
                several = tell_several(ledger, name, what, fit.found, argument="ID|LINK|TITLE", done="hidden")
                tell(several, screens.show_fitting, as_json)
                return USAGE
            known = one or out_already(ledger, name, what, argument="ID|LINK|TITLE")
            if known is None:
                raise SettingsError(
                    "ID|LINK|TITLE",
                    f"the ledger has no document {what}. To find it: connector documents WORDS",
                )
            order = Order(
                id=new_id(now),
                target=name,
                kind=OrderKind.HIDE,
                subject=known.id,
                title=known.title,
                who=whoever(who),
                at=now,
                because=because.strip(),
                until=ends,
            )
            before = [old for old in ledger.orders(name).holding() if old.subject == order.subject]
            write(ledger, order)
        seen = run_program(see_through(app, name, order))
        order = seen.order
        told: dict[str, Any] = {**hidden.tell_order(order), "documents": done_with(order)}
        told["words"] = seen.replaced or order_words.was_hidden(
            order.called,
            told["documents"],
            done=told["carried_out"],
            why_not=seen.why,
            until=told["until"] or "",
            before=hidden.say_order(before[-1]) if before else "",
        )
        zone = app.settings.schedule.timezone
        tell(told, lambda one: screens.say(wall_times(one["words"], zone)), as_json)
        return 0 if order.done_at is not None else WITHHELD

    run_verb(run, as_json)
