"""`connector unhide`: what was hidden may be found again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, TargetName, new_verb
from connector.commands.orders import Because, Who, whoever
from connector.commands.running import agree, read_for_telling, run_verb, tell
from connector.document.dates import wall_times
from connector.errors import ConnectorError, SettingsError
from connector.ledger.orders import About, Order, OrderKind, Orders
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.plan.report import stamp
from connector.status import hidden
from connector.status.why_found import orders_to_forget
from connector.wiring.matching import matching_of
from connector.wiring.offline import Offline
from connector.wiring.orders import lifting, open_to_order, show_again

verb = new_verb()


@verb.command()
def unhide(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|LINK|TITLE",
            help="Its id, address or title, as connector hidden lists it; or the id or person that was forgotten.",
        ),
    ],
    because: Because = "",
    who: Who = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask about what was forgotten.")] = False,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        name = app.target_named(target)
        with open_to_order(app) as ledger:
            now = app.now()
            orders = ledger.orders(name)
            if forgotten := _forgotten(app, ledger, name, what.strip()):
                agree(wall_times(_question(forgotten[0]), app.zone), yes=yes)
                told = _let_come_back(orders, forgotten, who=whoever(who), because=because.strip(), now=now)
            else:
                one = _ordered(ledger, name, what.strip())
                order = lifting(one, who=whoever(who), because=because.strip(), now=now)
                shown = show_again(ledger, order)
                told = {**hidden.tell_order(order), **hidden.tell_shown(ledger, order, shown)}
        tell(told, lambda one: screens.say(one["words"]), as_json)
        return 0

    run_verb(run, as_json)


def _forgotten(app: Offline, ledger: Ledger, target: str, asked_for: str) -> list[Order]:
    """The orders by which a document, or a person, was forgotten and is kept out; none where nothing forgotten is called so."""
    matching = matching_of(app.settings.targets[target].people)
    holding = [one for one in ledger.orders(target).holding() if one.kind is OrderKind.FORGET]
    meant = {one.at for one in holding if asked_for.lower() in {one.subject, one.id.lower()}}
    meant |= {one.at for one in orders_to_forget(ledger, target, asked_for, matching, app.sources_of(target))}
    # a person's address, and each source's key of her, in one go
    return [one for one in holding if one.at in meant]


def _question(order: Order) -> str:
    """Ask whether what was forgotten may come back."""
    return order_words.asks_to_let_back(
        since=stamp(order.at), who=order.who, person=order.about is About.PERSON
    )


def _let_come_back(
    orders: Orders, forgotten: list[Order], *, who: str, because: str, now: float
) -> dict[str, Any]:
    """End what keeps something out that was erased; nothing erased comes back but what its source still has."""
    order = lifting(forgotten[0], who=who, because=because, now=now)
    with orders.at_once():
        for one in forgotten:
            orders.end(one.id, now=now, by=order.id)
            orders.drop_of(one.subject)
        orders.write(order)
    return {
        **hidden.tell_order(order),
        "words": order_words.may_come_back(person=order.about is About.PERSON),
    }


def _ordered(ledger: Ledger, target: str, asked_for: str) -> Order:
    """
    The order that keeps something out.

    Raises:
        SettingsError: several fit, or none does. ConnectorError: what is above it is hidden.
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
        raise SettingsError("ID|LINK|TITLE", order_words.several_hidden(sorted(fits)))
    if fits:
        return next(iter(fits.values()))
    above = next((holding[row.root] for row in met if row.root in holding), None)
    if above is not None:
        raise ConnectorError(
            f"It is hidden because {above.called} above it is. To show that: connector unhide {above.subject}"
        )
    raise SettingsError(
        "ID|LINK|TITLE", f"nothing hidden is called {asked_for}. List what is: connector hidden"
    )
