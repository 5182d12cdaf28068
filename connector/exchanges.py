"""
Every exchange that this configuration can make, for auditors. Nothing is called to find out.

The list comes from the allow-lists of the very clients that a run would use (`Neighbour.exchanges`): a call that
is not on it cannot be made. What stands here in addition is how each call's data is split over header, query and
body, and what is kept; a test compares that with real traffic.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from connector.app import App
from connector.http import Exchange, Neighbour
from connector.report import stamp
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.downloads import API
from connector.sources.interaxo.exchanges import READS_SIGNED

NOTHING = "nothing"
IN_ROOM = "/v1/{community}/rooms/{room}"
IN_DOCS = "/api/search/connector/{appid}/docs"
IN_USERS = "/api/search/connector/{appid}/users"
EVERY_CALL = ("Accept", "Accept-Encoding", "Connection", "Host", "User-Agent")
"""Headers of every call; they say nothing but that the connector calls."""
NOT_KEPT = "nothing"
AS_DOCUMENT = "in the ledger, as part of the document, until the document is removed"
LIST_QUERY = ("limit", "skip", "sort")


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """How the data of one call is split, by the names of the fields; and what is kept of its answer."""

    header: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    kept: str = NOT_KEPT


BEARER = ("Authorization (the access token)", "X-Requested-With")
KEY = ("X-ApiKey (the connector's key)", "X-Tenant", "Content-Type", "Content-Length")
DOCUMENT_FIELDS = (
    "GloballyUniqueId",
    "DocTypeName",
    "Title",
    "Url",
    "Summary",
    "AuthorName",
    "CreatedDate",
    "ModifiedDate",
    "Taxonomy",
    "CrumbLinks",
    "Keywords",
    "Bestbets",
    "DeletionMode",
    "IsPublic",
    "ExternalIdentities",
    "MaterializedPath",
    "IsParent",
    "FileContents",
    "SynchroniseState",
    "ShouldSaveSynchroniseState",
)

PARTS: dict[tuple[str, str], Parts] = {
    ("GET", "/v1/communities"): Parts(header=BEARER, query=LIST_QUERY, kept=AS_DOCUMENT),
    ("GET", "/v1/{community}/rooms"): Parts(
        header=BEARER,
        query=LIST_QUERY,
        kept="name and id of each room, in the ledger, as long as the ledger lives",
    ),
    ("GET", f"{IN_ROOM}/content/{{id}}"): Parts(header=BEARER, kept=AS_DOCUMENT),
    ("GET", f"{IN_ROOM}/content/{{id}}/children"): Parts(header=BEARER, query=LIST_QUERY, kept=AS_DOCUMENT),
    ("GET", f"{IN_ROOM}/content/{{id}}/comments/mentionable-authorities"): Parts(
        header=BEARER,
        query=("limit", "skip"),
        kept="ids of users and groups (no names), in the ledger, until read anew",
    ),
    ("GET", "/v1/{community}/people/{person}"): Parts(
        header=BEARER, kept="name and e-mail address, in the ledger, until read anew or the ledger is pruned"
    ),
    ("GET", "/v1/{community}/people/{person}/groups"): Parts(
        header=BEARER, query=LIST_QUERY, kept="ids of the groups, in the ledger, until read anew"
    ),
    ("GET", f"{IN_ROOM}/files/{{id}}/content"): Parts(
        header=BEARER,
        kept="the text in the cache folder, until text.cache_bytes needs the room; never the file",
    ),
    ("GET", f"{IN_ROOM}/content/{{id}}/document"): Parts(header=BEARER, kept=AS_DOCUMENT),
    ("GET", f"{IN_ROOM}/content/{{id}}/comments"): Parts(
        header=BEARER, query=LIST_QUERY, kept="the comments' text, in the ledger, until read anew"
    ),
    ("PUT", f"{IN_DOCS}/beginsyncsession"): Parts(
        header=KEY, kept="when it was answered, in the run history"
    ),
    ("PUT", f"{IN_DOCS}/addupdate"): Parts(
        header=KEY, body=DOCUMENT_FIELDS, kept="which ids were accepted or refused, and why, in the ledger"
    ),
    ("PUT", f"{IN_DOCS}/delete"): Parts(
        header=KEY, body=("a list of document ids",), kept="id and title of what was removed, in the ledger"
    ),
    ("PUT", f"{IN_DOCS}/endsyncsession"): Parts(header=KEY, kept="the count, in the run history"),
    ("PUT", f"{IN_USERS}/beginsyncsession"): Parts(header=KEY),
    ("PUT", f"{IN_USERS}/addupdate"): Parts(
        header=KEY,
        body=("GloballyUniqueId (a hash)", "DeletionMode", "ExternalIdentities", "Email", "Username"),
        kept="which records were accepted, and their identities, in the ledger",
    ),
    ("PUT", f"{IN_USERS}/delete"): Parts(header=KEY, body=("a list of record ids (hashes)",)),
    ("PUT", f"{IN_USERS}/endsyncsession"): Parts(header=KEY, kept="the count, in the run history"),
    ("GET", f"{IN_DOCS}/state"): Parts(header=KEY, query=("docId",)),
    ("PUT", f"{IN_DOCS}/resetstate"): Parts(header=KEY, query=("docId",)),
}
ITR_SIGN_IN = {
    "/login": ("UserID", "Password", "CompanyID"),
    "/login/mfacode": ("UserID", "Password", "CompanyID", "MFACode"),
}
ITR_SIGNS = frozenset({"/logout", "/checktoken"})
ITR_HEADERS = (
    "SessionID (the session token)",
    "StartPage",
    "PageSize",
    "Sort",
    "Filter (by id)",
    "IncludeMaster",
    "IncludeClient",
)
SIGN_IN = Parts(
    header=("Content-Type", "Content-Length"),
    body=("grant_type", "client_id", "client_secret", "audience"),
    kept="the access token, in memory, until it expires or the run ends",
)


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
        for direction, party, neighbour in await _neighbours(app.apart(Path(folder))):
            _add_host(hosts, neighbour.name, neighbour.base_url, app.way_to(neighbour.base_url))
            exchanges += [_tell(one, direction, party, neighbour.base_url) for one in neighbour.exchanges]
    for name, part in app.settings.sources.items():
        if part.kind == "interaxo" and part.content and part.download != API:
            exchanges += _signed_downloads(
                name, urlsplit(part.base_url), hosts_of(part.base_url, part.web_url, part.content_hosts)
            )
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


async def _neighbours(app: App) -> list[tuple[str, str, Neighbour]]:
    """Every neighbour of the clients that a run would open, with direction and the setting's name."""
    found: list[tuple[str, str, Neighbour]] = []
    async with AsyncExitStack() as stack:
        ledger = stack.enter_context(app.ledger())
        texts = await stack.enter_async_context(app.texts())
        for name in app.settings.sources:
            source = await stack.enter_async_context(app.source(name, ledger, texts))
            found += [("pull", name, one) for one in vars(source).values() if isinstance(one, Neighbour)]
        for name in app.settings.targets:
            target = await stack.enter_async_context(app.target(name))
            found += [("push", name, one) for one in vars(target).values() if isinstance(one, Neighbour)]
    return found


def _parts_of(one: Exchange) -> Parts | None:
    """How the data of a call is split; in ITR everything goes in headers, also with GET."""
    known = PARTS.get((one.method, one.path))
    if known is not None:
        return known
    if one.path in ITR_SIGN_IN:
        return Parts(header=ITR_SIGN_IN[one.path], kept=SIGN_IN.kept)
    if one.path in ITR_SIGNS:
        return Parts(header=("SessionID",))
    if "in headers" in one.sends or "in a header" in one.sends:
        return Parts(header=ITR_HEADERS, kept=AS_DOCUMENT)
    return SIGN_IN if one.method == "POST" else None


def _tell(one: Exchange, direction: str, party: str, base_url: str) -> dict[str, Any]:
    address = urlsplit(base_url)
    parts = _parts_of(one)
    return {
        "number": 0,
        "party": party,
        "direction": "the connector reads" if direction == "pull" else "the connector writes",
        "host": address.netloc,
        "method": one.method,
        "path": address.path + one.path,
        "purpose": one.purpose,
        "sends": one.sends,
        "receives": one.receives,
        "personal_data": "yes" if one.personal_data else "no",
        "header": _listed(parts.header if parts else None),
        "query": _listed(parts.query if parts else None),
        "body": _listed(parts.body if parts else None),
        "kept": parts.kept if parts else "as its answer says",
    }


def _listed(names: tuple[str, ...] | None) -> str:
    if names is None:
        return "see below"
    return ", ".join(names) or NOTHING


def _signed_downloads(party: str, own: SplitResult, hosts: frozenset[str]) -> list[dict[str, Any]]:
    """
    Downloads by an address that Interaxo's own answers name, host by host; no other host is asked.

    The path is the one that the vendor's sample has; another one of these hosts is followed as well.
    """
    others = sorted(hosts - {own.hostname})
    (exchange,) = READS_SIGNED
    return [
        {
            "number": 0,
            "party": party,
            "direction": "the connector reads",
            "host": host,
            "method": exchange.method,
            "path": "/v1/{community}/public/v2/files/{id}/content",
            "purpose": f"{exchange.purpose} Another path of this host is followed, too; another host is not.",
            "sends": exchange.sends,
            "receives": exchange.receives,
            "personal_data": "yes",
            "header": NOTHING,
            "query": "t (the signature), as Interaxo wrote it",
            "body": NOTHING,
            "kept": PARTS["GET", f"{IN_ROOM}/files/{{id}}/content"].kept,
        }
        for host in [own.netloc, *(f"{other} (if content_url names it)" for other in others)]
    ]


def _add_host(hosts: dict[str, dict[str, Any]], who: str, base_url: str, way: str) -> None:
    address = urlsplit(base_url)
    entry = hosts.setdefault(
        address.netloc,
        {
            "host": address.netloc,
            "transport": (
                "TLS, certificate verified" if address.scheme == "https" else "plain HTTP (this machine only)"
            )
            + (f", {way}" if way else ""),
            "who": [],
        },
    )
    if who not in entry["who"]:
        entry["who"].append(who)


def _fingerprint(app: App) -> str:
    shown = app.settings.model_dump_json()  # pydantic masks the secrets
    return blake2b(shown.encode(), digest_size=8).hexdigest()
