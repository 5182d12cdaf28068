"""
What people ordered (hide, show again, forget), and the documents that are out of the target for it.

An order is written down before anything is done, and is done once it says when. What is hidden by it: the document that
it names and all that stands below it; each gets a row when an order or a listing meets it, which says whether the target
was told to remove it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from connector.ledger.catalogue import Wanted, narrowed
from connector.ledger.part import CHUNK, Part, as_json
from connector.ledger.rows import Described


class OrderKind(StrEnum):
    """What can be ordered."""

    HIDE = "hide"
    UNHIDE = "unhide"
    FORGET = "forget"


class About(StrEnum):
    """What an order is about."""

    DOCUMENT = "document"
    PERSON = "person"


KEEPS_OUT = frozenset({OrderKind.HIDE, OrderKind.FORGET})
"""What these name stays out of the target until they end."""


TO_ERASE = frozenset({"texts", "keys"})
"""What an order to forget tells of until it is erased: texts of files, and under which keys sources know a person."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order, as the ledger and the file beside it keep it."""

    id: str
    target: str
    kind: OrderKind
    about: About = About.DOCUMENT
    subject: str
    """Id of the document, or of the person's record."""
    title: str = ""
    who: str = ""
    at: float
    because: str = ""
    until: float | None = None
    done_at: float | None = None
    told: str = "{}"
    ended_at: float | None = None
    ended_by: str = ""

    @property
    def called(self) -> str:
        """How people call what it is about."""
        return self.title or self.subject

    @property
    def is_to_erase(self) -> bool:
        """Whether the target did what is ordered, and what the ledger holds of it is still to be erased: by the command, typed again."""
        if self.kind is not OrderKind.FORGET or self.done_at is None or self.ended_at is not None:
            return False
        return not TO_ERASE.isdisjoint(msgspec.json.decode(self.told, type=dict[str, Any]))


class Hidden(Described, frozen=True, kw_only=True):
    """One document that is kept out of the target."""

    root: str
    """Id of the document that the order names."""
    at: float = 0.0
    gone: bool = False
    """The target was told to remove it, and answered."""

    def without_words(self) -> Hidden:
        """The same of what is forgotten: nothing is written down of it but its id, and where it stands."""
        return msgspec.structs.replace(self, native="", title="", url="")


class Orders(Part):
    """The orders of one target."""

    def write(self, order: Order) -> None:
        """Write an order down; one that is known already only learns that it was ended."""
        self._each("orders.write", [msgspec.structs.asdict(order)])

    def standing(self) -> list[Order]:
        """Every order that has not ended, the oldest first: what waits, what keeps something out, what a date ends."""
        return [read_order(row) for row in self._all("orders.standing")]

    def holding(self) -> list[Order]:
        """Every order by which something is kept out, until whoever has the lease ends it or somebody shows it again."""
        return [one for one in self.standing() if one.kind in KEEPS_OUT]

    def waiting(self) -> list[Order]:
        """Orders that nobody has carried out, the oldest first."""
        return [one for one in self.standing() if one.done_at is None]

    def get(self, identifier: str) -> Order | None:
        """Find an order by its id."""
        rows = self._all("orders.get", id=identifier)
        return read_order(rows[0]) if rows else None

    def all(self) -> list[Order]:
        """Every order that is remembered, the oldest first."""
        return [read_order(row) for row in self._all("orders.all")]

    def about(self, subject: str) -> list[Order]:
        """Every order about one document or person, the newest first."""
        return [read_order(row) for row in self._all("orders.about", subject=subject)]

    def done(self, identifier: str, *, now: float, told: dict[str, Any]) -> None:
        """An order was carried out, and this was done."""
        self._run("orders.done", id=identifier, now=now, told=msgspec.json.encode(told).decode())

    def note(self, identifier: str, *, told: dict[str, Any]) -> None:
        """What is told of an order, whether it was carried out or not."""
        self._run("orders.note", id=identifier, told=msgspec.json.encode(told).decode())

    def end(self, identifier: str, *, now: float, by: str = "") -> None:
        """An order ceases to hold."""
        self._run("orders.end", id=identifier, now=now, by=by)

    # -- what is hidden -----------------------------------------------------------------------

    def enter(self, root: str, *, title: str, now: float) -> None:
        """What an order names, and all that the ledger has below it, is to leave the target."""
        path: str | None = self._one("presence.path_of", id=root)
        with self.at_once():
            self._each("orders.enter_root", [{"id": root, "title": title}], now=now)
            if path:
                self._each("orders.enter_within", [{"root": root}], path=path, end=path[:-1] + "0", now=now)
            self._each("orders.enter_below", [{"root": root}], now=now)

    def count_below(self, root: str) -> int:
        """Count what the ledger has below a document, by its confirmed path."""
        path: str | None = self._one("presence.path_of", id=root)
        return int(self._one("orders.count_within", path=path, end=path[:-1] + "0")) if path else 0

    def meet(self, met: Sequence[Hidden]) -> None:
        """A listing, or a push that was stopped, met these; what the target may have of them is to leave it."""
        self._each("orders.meet", [msgspec.structs.asdict(one) for one in met])

    def met_before(self, ids: Sequence[str]) -> dict[str, Hidden]:
        """Find what is known of some hidden documents, by id."""
        return {row[0]: _hidden(row) for row in self._all("orders.met_before", ids=as_json(list(ids)))}

    def kept_out(self, ids: Collection[str], kinds: Collection[OrderKind] = KEEPS_OUT) -> set[str]:
        """Which of some documents are out by orders of some kinds, about themselves or what they stood in when they were met."""
        named = as_json(sorted(kind.value for kind in kinds))
        return {row[0] for row in self._all("orders.kept_out", ids=as_json(list(ids)), kinds=named)}

    def hidden(self, identifier: str) -> Hidden | None:
        """Find one hidden document."""
        return self.met_before([identifier]).get(identifier)

    def find(self, words: str) -> list[Hidden]:
        """Find hidden documents by id (ours or the source's), address or whole title."""
        if not words.strip():
            return []  # the title of what was forgotten is empty
        found = [_hidden(row) for row in self._all("orders.find", words=words, lower=words.lower())]
        return sorted(found, key=lambda one: (one.path, one.id))

    def to_remove(self, *, limit: int, besides: Sequence[str] = ()) -> list[Hidden]:
        """What the target is still to be told to remove, besides some, children before their parents."""
        rows = self._all("orders.to_remove", limit=limit, besides=as_json(list(besides)))
        return [_hidden(row) for row in rows]

    def to_take(self, root: str) -> dict[str, int]:
        """How many documents an order is still to remove of those that the target confirmed, by source."""
        return dict(self._all("orders.to_take", root=root))

    def removed(self, ids: Sequence[str]) -> None:
        """The target answered that it removed these."""
        self._each_id("orders.removed", ids)

    def doubt(self) -> None:
        """Another target than before may have what this one was told to remove."""
        self._run("orders.doubt")

    def listed_in(self, container: str) -> dict[str, str]:
        """Paths of the hidden documents that were last listed in a container, by id."""
        return {row[0]: row[1] for row in self._all("orders.listed_in", container=container)}

    def drop(self, paths: Iterable[tuple[str, str]]) -> None:
        """What its source does not list any more, and what stood below it, is not told as hidden: (id, path)."""
        self._each(
            "orders.drop",
            [{"id": one, "path": path, "beyond": path[:-1] + "0"} for one, path in paths if path],
        )

    def drop_shown(self) -> None:
        """What is in the target again stands below no order any more."""
        self._run("orders.drop_shown")

    def let_out(self, moved: Sequence[tuple[str, str]]) -> None:
        """What moved out of what is hidden, and was pushed there, is not to leave the target any more: (id, path of before)."""
        self._each("orders.let_out", [{"id": one, "path": path} for one, path in moved])

    def drop_of(self, root: str) -> int:
        """Nothing is hidden by an order any more; says how many were."""
        return self._run("orders.drop_of", root=root)

    def drop_unordered(self) -> None:
        """What no order keeps out any more is not to leave the target for it."""
        self._run("orders.drop_unordered")

    def count(self) -> dict[str, int]:
        """Count what is hidden, by the id that the order names."""
        return {row[0]: row[1] for row in self._all("orders.count")}

    def page(self, wanted: Wanted, *, after: tuple[str, str] = ("", ""), limit: int) -> list[Hidden]:
        """
        List what is hidden, what stands in one folder together.

        Args:
            after: path and id of the last one of the page before.
        """
        rows = self._all("orders.page", **narrowed(wanted), path=after[0], last=after[1], limit=limit)
        return [_hidden(row) for row in rows]

    def count_named(self, wanted: Wanted, *, most: int) -> int:
        """Count it, so many at most."""
        return int(self._one("orders.count_named", **narrowed(wanted), limit=most))

    def of(self, root: str, *, limit: int = CHUNK) -> list[Hidden]:
        """List what one order hides, parents before their children."""
        return [_hidden(row) for row in self._all("orders.of", root=root, limit=limit)]


def read_order(row: Any) -> Order:
    """Of all fields in their order."""
    values = dict(zip(Order.__struct_fields__, row, strict=True))
    return msgspec.convert(values, Order)


def _hidden(row: Any) -> Hidden:
    values = dict(zip(Hidden.__struct_fields__, row, strict=True))
    values["gone"] = bool(values["gone"])
    return Hidden(**values)
