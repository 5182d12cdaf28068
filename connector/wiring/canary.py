"""The canary, by the settings: who looks, how the search is asked, and with what it is written."""

from __future__ import annotations

from collections.abc import Callable

from connector.canary.canary import Canary, Desk, Plan
from connector.canary.searching import SandboxSearch, WebSearch
from connector.http.exchange import Party
from connector.ports.search import Searcher, SearchReader
from connector.wiring.matching import matching_of
from connector.wiring.offline import Offline
from connector.wiring.opening import Opening, key_of


def target_of(app: Offline) -> str:
    """Name of the target that has a canary; empty where none has."""
    part = app.settings.canary
    return (part.target or next(iter(app.settings.targets))) if part.reader else ""


def plan_of(app: Opening) -> Plan | None:
    """What the settings say of the canary; None where there is to be none."""
    target, part = target_of(app), app.settings.canary
    search = _search_of(app)
    if search is None:
        return None
    return Plan(
        target=target,
        key=key_of(app, target),
        url=app.settings.targets[target].base_url,
        person=Searcher(name=part.person.get_secret_value(), password=part.password.get_secret_value()),
        stranger=Searcher(
            name=part.stranger.get_secret_value(), password=part.stranger_password.get_secret_value()
        ),
        search=search,
        patience_s=part.patience_min * 60,
        matching=matching_of(app.settings.targets[target].people),
    )


def canary_of(app: Callable[[], Opening]) -> Canary:
    """
    Make it.

    Args:
        app: as the settings are now.
    """
    return Canary(
        Desk(
            plan=lambda: plan_of(app()),
            keys=lambda: {name: key_of(app(), name) for name in app().settings.targets},
            ledger=lambda: app().ledger_to_tell(),
            target=lambda name: app().target(name, lasting=True),
            clock=lambda: app().now(),
        )
    )


def parties_searched(app: Opening) -> list[tuple[str, str, Party]]:
    """Every host whose search is asked, with direction and the setting's name."""
    search = _search_of(app)
    return [("the connector looks", "canary", one) for one in search.parties()] if search else []


def _search_of(app: Opening) -> SearchReader | None:
    part, target = app.settings.canary, target_of(app)
    if part.reader == "sandbox":
        return SandboxSearch(app.settings.targets[target].base_url, app.network)
    if part.reader == "web":
        return WebSearch(part.search_url, app.network, token_url=part.token_url, results=part.results)
    return None
