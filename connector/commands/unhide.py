"""`connector unhide`: what was hidden may be found again."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from connector.commands import screens
from connector.commands.asked import AsJson, SettingsPath, TargetName, asked, new_verb
from connector.commands.ordering import Because, Who, whoever
from connector.commands.running import read_for_telling, run_verb, tell
from connector.errors import ConnectorError, SettingsError
from connector.ledger.orders import Order, OrderKind
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.status import hidden
from connector.wiring.offline import Offline
from connector.wiring.ordering import new_id, write

verb = new_verb()


@verb.command()
def unhide(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|LINK|TITLE", help="Its id, address or title, as connector hidden lists it."
        ),
    ],
    because: Because = "",
    who: Who = "",
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    printing = as_json or asked.as_json

    def run() -> int:
        app = Offline(read_for_telling(settings))
        name = app.target_named(target)
        with app.ledger() as ledger:
            app.orders_file().merge(ledger)
            now = time.time()
            one = _ordered(ledger, name, what.strip())
            orders = ledger.orders(name)
            order = Order(
                id=new_id(now),
                target=name,
                kind=OrderKind.UNHIDE,
                subject=one.subject,
                title=one.title,
                who=whoever(who),
                at=now,
                because=because.strip(),
                done_at=now,
                ended_at=now,
            )
            hid = orders.hidden(one.subject)
            write(ledger, order)
            app.orders_file().merge(ledger)
            count = orders.drop_of(one.subject)
            above = hidden.why_hidden(ledger, name, one.subject, hid.path if hid is not None else "")
        told = {
            **hidden.tell_order(order),
            "documents": count,
            "still_hidden_by": above,
            "words": order_words.was_shown(
                one.title or one.subject, count, above=above["id"] if above else ""
            ),
        }
        tell(told, lambda shown: screens.say(shown["words"]), printing)
        return 0

    run_verb(run, printing)


def _ordered(ledger: Ledger, target: str, asked_for: str) -> Order:
    """
    The order that keeps something out.

    Raises:
        SettingsError: several fit. ConnectorError: none does.
    """
    orders = ledger.orders(target)
    holding = {one.subject: one for one in orders.holding() if one.kind is OrderKind.HIDE}
    lower = asked_for.lower()
    fits = {
        one.subject: one
        for one in holding.values()
        if lower in {one.subject, one.title.lower(), one.id.lower()}
    }
    met = orders.find(asked_for)
    fits |= {row.id: holding[row.id] for row in met if row.id in holding}
    if len(fits) > 1:
        raise SettingsError(
            "ID|LINK|TITLE", f"several hidden documents fit: {', '.join(sorted(fits))}. Name one by its id"
        )
    if fits:
        return next(iter(fits.values()))
    above = next((holding[row.root] for row in met if row.root in holding), None)
    if above is not None:
        raise ConnectorError(
            f"It is hidden because {above.title or above.subject} above it is. "
            f"To show that: connector unhide {above.subject}"
        )
    raise ConnectorError(f"Nothing hidden is called {asked_for}. List what is: connector hidden")
