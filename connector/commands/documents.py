"""`connector documents`: what is searchable and what is not, with folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, NamedTuple

import typer

from connector.commands import screens, screens_duplicates
from connector.commands.common_options import AsJson, SettingsPath, TargetName, new_verb
from connector.commands.csv_lines import MARK, line_of
from connector.commands.running import read_for_telling, run_verb, tell, write_out
from connector.errors import NoSuchPage, SettingsError
from connector.ledger.catalogue import LAST_PAGE, Catalogue, Wanted
from connector.ledger.store import Ledger
from connector.machine.verbs import Theirs
from connector.plan.findings import Aside, Gone, HoldReason
from connector.plan.state_words import STATES
from connector.status import duplicates as in_several_places
from connector.status import removed, searchable
from connector.text.reasons import CODES
from connector.wiring.offline import Offline

REASONS = sorted({*CODES, *HoldReason, *Aside, *Gone} - {HoldReason.PERSON, HoldReason.PERSON_REFUSED})
"""Why a document may have no text, be on hold or in quarantine, or have been removed."""
HEADER = (
    "title",
    "folders",
    "source",
    "kind",
    "state",
    "reason",
    "words",
    "what helps",
    "link",
    "id",
    "pushed_at",
)


verb = new_verb()


@verb.command()
def documents(
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help="A part of the title, or an id (ours or the source's).")
    ] = "",
    state: Annotated[
        str,
        typer.Option(metavar="STATE", help=f"Only documents in this state: {', '.join(STATES)}."),
    ] = "",
    reason: Annotated[
        str,
        typer.Option(
            metavar="REASON",
            help="Only documents with this code for why they have no text, are on hold, in quarantine or removed.",
        ),
    ] = "",
    room: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Only this room: community/room, or the id of its root or of its document."
        ),
    ] = "",
    source: Annotated[str, typer.Option(metavar="NAME", help="Only this source.")] = "",
    file_format: Annotated[
        str, typer.Option("--format", metavar="ENDING", help="Only files of this format, such as pdf.")
    ] = "",
    page: Annotated[
        int,
        typer.Option(
            min=1, metavar="NUMBER", help=f"Show this page, up to {LAST_PAGE}; each has 50 documents."
        ),
    ] = 1,
    place: Annotated[
        str,
        typer.Option("--from", metavar="PLACE", help="Go on where a page ended: it tells the place."),
    ] = "",
    duplicates: Annotated[
        bool,
        typer.Option(
            "--duplicates",
            help="Show the files that stand in several places, byte for byte the same, as far as files are read.",
        ),
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print all that match as CSV, for a spreadsheet.")
    ] = False,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        way = _Way(printing=as_json, as_csv=as_csv, page=page, place=place)
        way.check()
        app = Offline(read_for_telling(settings))
        name = app.target_named(target)
        if source:
            app.check_sources(name, [source])
        if state and state not in STATES:
            raise SettingsError("--state", f"expected one of {', '.join(STATES)}, not {state!r}")
        if reason and reason not in REASONS:
            raise SettingsError("--reason", f"expected one of {', '.join(REASONS)}, not {reason!r}")
        if duplicates and (words or state or reason or file_format):
            raise SettingsError("--duplicates", "can be narrowed by --room and --source only")
        with app.ledger_to_tell() as ledger, _refusing_places():
            rooms = _rooms(ledger.catalogue(name), room, gone=state in searchable.OUT)
            if duplicates:
                _list_duplicates(ledger, name, source, rooms, way, now=app.now())
            else:
                wanted = Wanted(
                    words=words.strip(),
                    state=state,
                    reason=reason,
                    room=rooms,
                    source=source,
                    format=file_format.lower().lstrip("."),
                )
                _list(ledger, name, wanted, way, zone=app.zone)
        return 0

    run_verb(run, as_json)


class _Way(NamedTuple):
    """How a list is told: all of it as CSV, or one page of it."""

    printing: bool
    as_csv: bool
    page: int
    place: str

    @property
    def at(self) -> dict[str, Any]:
        """Which page."""
        return {"page": self.page, "after": self.place}

    def check(self) -> None:
        """
        Raises:
            SettingsError: the options speak against each other.
        """
        if self.printing and self.as_csv:
            raise SettingsError("--csv", "cannot be combined with --json")
        if self.as_csv and (self.place or self.page > 1):
            raise SettingsError("--csv", "prints all that match; it cannot be combined with --page or --from")
        if self.page > LAST_PAGE:
            raise SettingsError(
                "--page",
                f"pages are counted up to {LAST_PAGE}. Narrow the list, list all of it with --csv, or go on from page "
                f"{LAST_PAGE} with --from, which that page tells",
            )
        if self.place and self.page > 1:
            raise SettingsError(
                "--from", "cannot be combined with --page: a place says by itself where a page begins"
            )


def _list_duplicates(
    ledger: Ledger, target: str, source: str, rooms: tuple[str, ...], way: _Way, *, now: float
) -> None:
    """Files that stand in several places."""
    if way.as_csv:
        _write_duplicates(in_several_places.walk_duplicates(ledger, target, source, rooms))
        return
    told = in_several_places.tell_duplicates(ledger, target, source, rooms, **way.at, now=now)
    tell(_without_number(told, way.place), screens_duplicates.show_duplicates, way.printing)


def _list(ledger: Ledger, target: str, wanted: Wanted, way: _Way, *, zone: str) -> None:
    """Documents that are in the search, or were."""
    is_out, catalogue = wanted.state in searchable.OUT, ledger.catalogue(target)
    if way.as_csv:
        _write_csv(
            removed.walk(ledger, target, wanted) if is_out else searchable.walk_documents(catalogue, wanted)
        )
        return
    told = (
        removed.tell_page(ledger, target, wanted, **way.at)
        if is_out
        else searchable.tell_documents(ledger, target, wanted, **way.at)
    )
    tell(_without_number(told, way.place), lambda one: screens.show_documents(one, zone), way.printing)


@contextmanager
def _refusing_places() -> Iterator[None]:
    try:
        yield
    except NoSuchPage as error:
        raise SettingsError("--from", str(error)) from error


def _without_number(told: dict[str, Any], place: str) -> dict[str, Any]:
    """A page that was asked for by its place has none."""
    return {**told, "page": None} if place else told


def _rooms(catalogue: Catalogue, word: str, *, gone: bool) -> tuple[str, ...]:
    """
    Keys of the rooms that are meant.

    Args:
        gone: the ledger may not know the room any more: then its key alone names it.
    """
    if not word:
        return ()
    found = catalogue.rooms_called(word.strip()) or ([word.strip()] if gone else [])
    if not found:
        raise SettingsError("--room", f"no room is called {word!r}. List the rooms: connector check")
    return tuple(found)


def _write_csv(told: Iterable[Mapping[str, Any]]) -> None:
    """Write one line a document as it is read: memory stays the same for any number of them."""
    write_out(MARK + line_of(HEADER))
    for one in told:
        out = one.get("removed") or one.get("hidden")
        why = one["without_text"] or one["held"] or one["quarantine"] or {}
        if out:
            why = {"code": out.get("code") or one["state"], "words": one["words"]}
        cells = (
            Theirs(one["title"]),
            Theirs(" > ".join(one["folders"])),
            one["source"],
            one["kind"] or "",
            one["state"],
            why.get("code", ""),
            why.get("words", ""),
            why.get("what_helps", ""),
            one["link"] or "",
            one["id"],
            one["pushed_at"] or "",
        )
        write_out(line_of(cells))


def _write_duplicates(told: Iterable[Mapping[str, Any]]) -> None:
    """Write one line a place; the places of one file follow each other."""
    write_out(MARK + line_of(("content", "title", "folders", "source", "link", "id")))
    for one in told:
        for place in one["places"]:
            cells = (
                one["content"],
                Theirs(place["title"]),
                Theirs(" > ".join(place["folders"])),
                place["source"],
                place["link"] or "",
                place["id"],
            )
            write_out(line_of(cells))
