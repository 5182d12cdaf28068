"""What a source told about who may see its items, one by one: kept between runs, asked again on a rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.engine.batched import batched
from connector.ledger.part import SourcePart, as_json
from connector.ports.grants import Grant

CHUNK = 500


class Grants(SourcePart):
    """The grants of one source. Implements `connector.ports.SourceGrants`."""

    def get(self, natives: Sequence[str]) -> dict[str, Grant]:
        """Find grants by the source's own ids."""
        found: dict[str, Grant] = {}
        for page in batched(natives, CHUNK):
            found.update((one.native, one) for one in self._grants("grants.get", natives=as_json(page)))
        return found

    def below_all(self, parents: Sequence[str]) -> dict[str, list[Grant]]:
        """List what stands directly in each of some containers, in a lasting order."""
        found: dict[str, list[Grant]] = {parent: [] for parent in parents}
        for one in self._grants("grants.below_all", parents=as_json(list(parents))):
            found[one.parent].append(one)
        return found

    def below(self, parent: str) -> list[Grant]:
        """List what stands directly in a container, and the steps of a workflow folder, in a lasting order."""
        return self._grants("grants.below", parent=parent)

    def leave_former_places(self) -> None:
        """What was last listed elsewhere than where somebody asked for its list last stands in no container now."""
        self._run("grants.leave_former_places")

    def changed(self, kinds: Sequence[str]) -> list[Grant]:
        """Items of some kinds whose list is not the one by which the breadcrumbs below them were made."""
        return self._grants("grants.changed", kinds=as_json(list(kinds)))

    def made(self, grants: Sequence[Grant]) -> None:
        """The breadcrumbs below these containers were made by these lists."""
        self._each(
            "grants.made",
            [{"native": one.native, "own": "" if one.listless else _identities(one) or ""} for one in grants],
        )

    def put(self, grants: Sequence[Grant]) -> None:
        """Remember grants."""
        self._each(
            "grants.put", [msgspec.structs.asdict(one) | {"identities": _identities(one)} for one in grants]
        )

    def _grants(self, statement: str, **values: Any) -> list[Grant]:
        return [
            Grant(
                native=native,
                parent=parent,
                kind=kind,
                step=step,
                told=None if told is None else Audience(tuple(msgspec.json.decode(told, type=list[str]))),
                listless=bool(listless),
                trouble=trouble,
                inherited=inherited,
                asked_run=asked_run,
                told_at=told_at,
            )
            for native, parent, kind, step, told, listless, trouble, inherited, asked_run, told_at in self._all(
                statement, **values
            )
        ]


def _identities(one: Grant) -> str | None:
    return None if one.told is None else msgspec.json.encode(one.told.identities).decode()
