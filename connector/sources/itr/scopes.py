"""The scopes of one company of ITR: every kind of record in every database. PURE."""

from __future__ import annotations

from collections.abc import Collection

from connector.document.document import Scope
from connector.document.ids import digest
from connector.ports.source import FoundScope
from connector.sources.itr.kinds import KINDS, MASTER, Place


def scopes_of(source: str, company: str, records: Collection[str]) -> list[tuple[FoundScope, Place]]:
    """
    Name them, each with what stands there.

    Args:
        records: names of the kinds that are read.
    """
    found = []
    for kind in KINDS.values():
        included = kind.name in records
        rules = digest([f"{kind.name}:{included}"], 8)
        for database in kind.databases:
            scope = Scope(
                key=f"{source}/{company}/{kind.name}/{database}",
                name=f"{company}/{kind.name}" + ("/master" if database == MASTER else ""),
            )
            told = FoundScope(scope=scope, included=included, public=False, rules=rules)
            found.append((told, Place(kind=kind, database=database)))
    return found


def is_of_all_companies(scope_key: str) -> bool:
    """Whether a scope is of the master database."""
    return scope_key.endswith(f"/{MASTER}")
