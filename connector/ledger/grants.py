"""What a source told about who may see its items, one by one: kept between runs, asked again on a rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from connector.document.audience import Audience
from connector.ports.source import Grant

CHUNK = 500
_OWN = "CASE WHEN listless THEN '' ELSE COALESCE(identities, '') END"
_COLUMNS = "native, parent, kind, step, identities, listless, trouble, inherited, asked_run, told_at"


class Grants:
    """The grants of one source. Implements `connector.ports.SourceGrants`."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._db = connection
        self._source = source

    def get(self, natives: Sequence[str]) -> dict[str, Grant]:
        """Find grants by the source's own ids."""
        found: dict[str, Grant] = {}
        for start in range(0, len(natives), CHUNK):
            rows = self._rows(
                "native IN (SELECT value FROM json_each(:natives))",
                natives=msgspec.json.encode(list(natives[start : start + CHUNK])).decode(),
            )
            found.update((one.native, one) for one in rows)
        return found

    def below_all(self, parents: Sequence[str]) -> dict[str, list[Grant]]:
        """List what stands directly in each of some containers, in a lasting order."""
        found: dict[str, list[Grant]] = {parent: [] for parent in parents}
        rows = self._rows(
            "parent IN (SELECT value FROM json_each(:parents)) ORDER BY native",
            parents=msgspec.json.encode(list(parents)).decode(),
        )
        for one in rows:
            found[one.parent].append(one)
        return found

    def below(self, parent: str) -> list[Grant]:
        """List what stands directly in a container, and the steps of a workflow folder, in a lasting order."""
        return self._rows("parent=:parent ORDER BY native", parent=parent)

    def changed(self, kinds: Sequence[str]) -> list[Grant]:
        """Items of some kinds whose list is not the one by which the breadcrumbs below them were made."""
        return self._rows(
            f"kind IN (SELECT value FROM json_each(:kinds)) AND rendered!={_OWN}",
            kinds=msgspec.json.encode(list(kinds)).decode(),
        )

    def made(self, grants: Sequence[Grant]) -> None:
        """The breadcrumbs below these containers were made by these lists."""
        with self._db.begin():
            for one in grants:
                own = self._row(one)["identities"] if not one.listless else None
                self._db.execute(
                    text("UPDATE grants SET rendered=:own WHERE source=:source AND native=:native"),
                    {"own": own or "", "source": self._source, "native": one.native},
                )

    def put(self, grants: Sequence[Grant]) -> None:
        """Remember grants."""
        if not grants:
            return
        with self._db.begin():
            self._db.execute(
                text(
                    f"INSERT INTO grants (source, {_COLUMNS}, rendered) VALUES (:source, :native, :parent, :kind, :step, :identities, :listless,"
                    " :trouble, :inherited, :asked_run, :told_at, CASE WHEN :listless THEN '' ELSE COALESCE(:identities, '') END)"
                    " ON CONFLICT (source, native) DO UPDATE SET parent=:parent, kind=:kind,"
                    " step=:step, identities=:identities, listless=:listless, trouble=:trouble, inherited=:inherited,"
                    " asked_run=:asked_run, told_at=:told_at"
                ),
                [self._row(one) for one in grants],
            )

    def _row(self, one: Grant) -> dict[str, Any]:
        row: dict[str, Any] = msgspec.structs.asdict(one)
        told = one.told
        row["identities"] = None if told is None else msgspec.json.encode(told.identities).decode()
        del row["told"]
        row["source"] = self._source
        return row

    def _rows(self, where: str, **values: Any) -> list[Grant]:
        rows = self._db.execute(
            text(f"SELECT {_COLUMNS} FROM grants WHERE source=:source AND {where}"),
            {"source": self._source, **values},
        ).all()
        self._db.rollback()
        return [
            Grant(
                native=r[0],
                parent=r[1],
                kind=r[2],
                step=r[3],
                told=None if r[4] is None else Audience(tuple(msgspec.json.decode(r[4], type=list[str]))),
                listless=bool(r[5]),
                trouble=r[6],
                inherited=r[7],
                asked_run=r[8],
                told_at=r[9],
            )
            for r in rows
        ]
