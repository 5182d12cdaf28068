"""What the owner of a room is told of it each week, read from the ledger; and the list of owners, as spreadsheets write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from connector.document.audience import Audience
from connector.document.states import IN_TARGET
from connector.errors import SettingsError
from connector.ledger.catalogue import QUARANTINED, WITHOUT_TEXT, Catalogue, Row, Wanted
from connector.ledger.quarantine import values_of
from connector.ledger.store import Ledger
from connector.notify.message_words import Lacking, RoomDigest
from connector.notify.settings import mail_address
from connector.people.file import read_columns
from connector.plan.reason_words import aside
from connector.ports.matching import Matching, record_id
from connector.text.reasons import say_why

MOST_TITLES = 10
"""Documents of one reason that are named."""
NOBODY = "Nobody has a right there that the intranet knows of; their rights in the source decide."


def read_owners(file: Path, key: str) -> dict[str, tuple[str, ...]]:
    """
    Read who owns which rooms: by e-mail address, in lower case, rooms as written.

    Args:
        key: of the setting that names it.

    Raises:
        SettingsError: it cannot be read, or has no columns room and email.
    """
    found: dict[str, list[str]] = {}
    for line, (room, written) in read_columns(file, key, ("room", "email")):
        address = written.lower()
        if not room and not address:
            continue
        try:
            mail_address(address if room else "")
        except ValueError as error:
            raise SettingsError(key, f"{file}, line {line}: expected a room and an e-mail address") from error
        found.setdefault(address, []).append(room)
    return {address: tuple(dict.fromkeys(rooms)) for address, rooms in found.items()}


def read_room(ledger: Ledger, target: str, room: str, *, owner: str, matching: Matching) -> RoomDigest | None:
    """
    Read what one room has in the search, and what it lacks; None where no room is called so.

    Titles are told of what the owner may see: owning a room does not open its closed folders.

    Args:
        room: its name (community/room), its root's id, or its document's.
        owner: an e-mail address.
    """
    catalogue = ledger.catalogue(target)
    keys = tuple(catalogue.rooms_called(room))
    if not keys:
        return None
    mine = set(_identities(ledger, target, owner, matching))

    def may_see(audience: Audience | None) -> bool:
        return audience is not None and (audience.public or bool(mine.intersection(audience.identities)))

    def seen(rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if may_see(ledger.documents(target).audience_of(row.id))][:MOST_TITLES]

    def texts(reason: str, count: int) -> Lacking:
        why, remedy = say_why(reason)
        rows = seen(catalogue.page(Wanted(room=keys, state=WITHOUT_TEXT, reason=reason)).rows)
        return Lacking(words=why, remedy=remedy, count=count, titles=tuple(row.title for row in rows))

    def parked(reason: str, count: int) -> Lacking:
        rows = seen(catalogue.page(Wanted(room=keys, state=QUARANTINED, reason=reason)).rows)
        told = tuple(
            f"{row.title}: {row.parked_why or aside(row.parked, values_of(row.parked_told))}" for row in rows
        )
        return Lacking(words=f"{reason.replace('-', ' ')}.", remedy="", count=count, titles=told)

    unseen = catalogue.unseen(keys)
    return RoomDigest(
        room=room,
        findable=catalogue.count_in(keys, sorted(IN_TARGET)),
        without_text=tuple(texts(*one) for one in catalogue.reasons_in(keys).items()),
        missing=tuple(parked(*one) for one in _parked(catalogue, keys).most_common()),
        unseen=Lacking(words=NOBODY, remedy="", count=unseen, titles=()) if unseen else None,
    )


def _parked(catalogue: Catalogue, rooms: tuple[str, ...]) -> Counter[str]:
    """What is in quarantine, by reason."""
    return Counter(row.parked for row in catalogue.walk(Wanted(room=rooms, state=QUARANTINED)))


def _identities(ledger: Ledger, target: str, address: str, matching: Matching) -> tuple[str, ...]:
    """What a person carries in the intranet, as last confirmed."""
    identifier = record_id(matching.normalise(address))
    record = ledger.people(target).records([identifier]).get(identifier)
    return tuple(record.sent or ()) if record is not None and record.found else ()
