"""
By which settings each of several services goes that share a ledger, table by table, as digests; in notes of the ledger.

A reload, or a correction, that reaches only some of them leaves the others as they are: who finds what would depend on which of
them does the run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from connector.document.durations import DAY_S
from connector.ledger.notes import Notes
from connector.ledger.refused_settings import STANDS_S

KIND, MARK = "settings-here", b"here"


class Said(msgspec.Struct, frozen=True):
    """What one service says."""

    tables: dict[str, str]
    """Digests by table."""
    since: float
    """It has gone by them since then, in seconds since 1970."""
    at: float
    """It said so last then."""


def note_settings(notes: Notes, service: str, tables: Mapping[str, str], *, since: float, at: float) -> None:
    """Say by which settings a service goes; those that said nothing for a day are forgotten."""
    notes.put_json(KIND, service, Said({**tables}, since, at), mark=MARK)
    if gone := [one for one, said in _said(notes).items() if at - said.at > DAY_S]:
        notes.drop(KIND, MARK, gone)


def differing(notes: Notes, *, now: float) -> str:
    """
    Which tables are not the same for all services that have them, and who has the same; empty where all have.

    What is so for a moment only, while one machine after the other reads its settings again, is not told.
    """
    by_table: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for service, said in _said(notes).items():
        if abs(now - said.at) <= STANDS_S < now - said.since:
            for table, digest in said.tables.items():
                by_table[table][digest].append(service)
    return "; ".join(
        f"[{table}] is not the same on {' as on '.join(sorted(', '.join(sorted(one)) for one in alike.values()))}"
        for table, alike in sorted(by_table.items())
        if len(alike) > 1
    )


def _said(notes: Notes) -> dict[str, Said]:
    return {service: msgspec.json.decode(value, type=Said) for service, value in notes.page(KIND, MARK)}
