"""
Every exchange that this configuration can make, for auditors. Nothing is called to find out.

The list comes from the allow-lists of the very clients that a run would use (`Source.exchanges`, `Target.exchanges`): a
call that is not on it cannot be made. How each call's data is split over header, query and body, and what is kept, stands
beside it in its vendor's folder; a test compares that with real traffic.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from connector.app import App
from connector.http.exchange import Exchange, Party
from connector.ledger.database import file_at
from connector.plan.report import stamp
from connector.secrets.hiding import without_login
from connector.wiring.canary import parties_searched
from connector.wiring.notifications import parties_told

NOTHING = "nothing"
OF_THE_LEDGER = Exchange(
    method="SQL",
    path="",
    purpose="Keeps the ledger: what the intranet has confirmed, what is intended, runs and their reports.",
    sends="titles, links, audiences and texts of documents, addresses of people and their identities, reports of runs",
    receives="the same",
    personal_data=True,
    body=("statements", "rows"),
    kept="everything, in the database",
)
"""Where it stands in a database of another machine."""
EVERY_CALL = ("Accept", "Accept-Encoding", "Cache-Control", "Connection", "Host", "User-Agent")
"""Headers of every call; they say nothing but that the connector calls."""


async def tell_exchanges(app: App) -> dict[str, Any]:
    """
    List what may be exchanged, host by host.

    Returns:
        {"version", "settings", "produced_at", "hosts": [...], "exchanges": [...]}; `settings` is a hash of the
        configuration without its secrets, so that two lists can be told to be of the same one.
    """
    exchanges: list[dict[str, Any]] = []
    hosts: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory(prefix="connector-exchanges-") as folder:
        for direction, name, party in await _parties(app.apart(Path(folder))):
            _add_host(hosts, party, _way(app, party.base_url))
            exchanges += [_tell(one, direction, name, party) for one in party.exchanges]
    url = without_login(app.settings.ledger.url)
    if not file_at(url) and urlsplit(url).netloc:
        database = Party(name="the ledger", base_url=url, exchanges=(OF_THE_LEDGER,))
        _add_host(hosts, database, "")
        exchanges.append(_tell(OF_THE_LEDGER, "the connector keeps", "ledger", database))
    for number, one in enumerate(exchanges, 1):
        one["number"] = number
    return {
        "version": version("interact-connector"),
        "settings": _fingerprint(app),
        "produced_at": stamp(time.time()),
        "hosts": list(hosts.values()),
        "exchanges": exchanges,
    }


def as_markdown(told: dict[str, Any]) -> str:
    """The list as a document for a security review."""
    lines = [
        "# Data exchanges of interact-connector",
        "",
        f"Version {told['version']}, configuration {told['settings']}, produced {told['produced_at']}.",
        "",
        "Made from the allow-lists that the program itself is bound by: it can make no call that is not listed here. "
        f"Every call carries the headers {', '.join(EVERY_CALL)}; they are not repeated below. "
        "No redirect is followed, no cookie is kept, no other host is called; there is no telemetry.",
        "",
        "## Hosts",
        "",
        "| host | transport | who |",
        "|---|---|---|",
        *(f"| {one['host']} | {one['transport']} | {', '.join(one['who'])} |" for one in told["hosts"]),
        "",
        "## Exchanges",
    ]
    for one in told["exchanges"]:
        lines += [
            "",
            f"### {one['number']}. {one['method']} {one['path']}",
            "",
            one["purpose"],
            "",
            *(f"- {label}: {one[key]}" for key, label in LABELS.items()),
        ]
    return "\n".join(lines) + "\n"


LABELS = {
    "host": "Host",
    "direction": "Direction",
    "header": "In the header",
    "query": "In the query",
    "body": "In the body",
    "sends": "Passes, in words",
    "receives": "Answers",
    "personal_data": "Personal data",
    "kept": "Kept of the answer",
}


TRANSPORTS = {
    "https": "TLS, certificate verified",
    "http": "plain HTTP (this machine only)",
    "smtp": "STARTTLS (TLS at once at port 465), certificate verified; in the clear to this machine only",
    "file": "files of this machine; nothing is sent",
    "postgresql": "PostgreSQL's own, with TLS as sslmode in ledger.url says",
}


async def _parties(app: App) -> list[tuple[str, str, Party]]:
    """Every host of the clients that a run would open, with direction and the setting's name."""
    found: list[tuple[str, str, Party]] = []
    async with AsyncExitStack() as stack:
        ledger = stack.enter_context(app.ledger())
        texts = await stack.enter_async_context(app.texts())
        for name in app.settings.sources:
            source = await stack.enter_async_context(app.source(name, ledger, texts))
            found += [("the connector reads", name, party) for party in source.exchanges()]
        for name in app.settings.targets:
            target = await stack.enter_async_context(app.target(name))
            found += [("the connector writes", name, party) for party in target.exchanges()]
    return [*found, *parties_told(app), *parties_searched(app)]


def _way(app: App, url: str) -> str:
    """How a host is reached; files need no way."""
    return "" if url.startswith(("file:", "smtp:")) else app.way_to(url)


def _tell(one: Exchange, direction: str, name: str, party: Party) -> dict[str, Any]:
    address = urlsplit(party.base_url)
    return {
        "number": 0,
        "party": name,
        "direction": direction,
        "host": f"{address.netloc} ({party.proviso})" if party.proviso else address.netloc,
        "method": one.method,
        "path": address.path + one.path,
        "purpose": one.purpose,
        "sends": one.sends,
        "receives": one.receives,
        "personal_data": "yes" if one.personal_data else "no",
        "header": _listed(one.header),
        "query": _listed(one.query),
        "body": _listed(one.body),
        "kept": one.kept,
    }


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or NOTHING


def _add_host(hosts: dict[str, dict[str, Any]], party: Party, way: str) -> None:
    address = urlsplit(party.base_url)
    entry = hosts.setdefault(
        address.netloc,
        {
            "host": address.netloc,
            "transport": TRANSPORTS.get(address.scheme, "") + (f", {way}" if way else ""),
            "who": [],
        },
    )
    if party.name not in entry["who"]:
        entry["who"].append(party.name)


def _fingerprint(app: App) -> str:
    ledger = app.settings.ledger
    told = ledger.model_copy(update={"url": without_login(ledger.url)})
    shown = app.settings.model_copy(update={"ledger": told}).model_dump_json()  # pydantic masks secrets
    return blake2b(shown.encode(), digest_size=8).hexdigest()
