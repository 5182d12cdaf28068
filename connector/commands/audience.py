"""`connector audience report`: who can find what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from connector.commands import screens_audience
from connector.commands.arguments import read_date
from connector.commands.common_options import MOST, AsJson, SettingsPath, TargetName, new_verb
from connector.commands.csv_lines import MARK, line_of
from connector.commands.running import read_for_telling, run_verb, tell, write_out
from connector.errors import SettingsError
from connector.status.audiences import tell_audiences
from connector.wiring.offline import Offline

HEADER = (
    *("part", "source", "room", "name", "documents", "people", "rooms", "change", "run", "at"),
    *("gained", "lost", "identities"),
)

verb = new_verb(no_args_is_help=True)


@verb.callback()
def _group() -> None:
    """Make it a group, with one verb or more."""


@verb.command("report")
def audience_report(
    html: Annotated[bool, typer.Option("--html", help="Print one page for a browser or a printer.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one table, for a spreadsheet.")] = False,
    since: Annotated[
        str,
        typer.Option(metavar="DATE", help="Also what widened and narrowed since then, such as 2026-11-01."),
    ] = "",
    more_than: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MOST,
            metavar="N",
            help="Also what more than so many people find; else what everybody finds.",
        ),
    ] = None,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Who can find what. Per room, person and group, what many find, and what widened and narrowed. From the ledger; calls nobody."""

    def run() -> int:
        if as_json + as_csv + html > 1:
            raise SettingsError("--csv" if as_csv else "--html", "choose one of --json, --csv and --html")
        app = Offline(read_for_telling(settings))
        name = app.target_named(target)
        zone = app.settings.schedule.timezone
        begin = read_date(since, zone, option="--since") if since else None
        with app.ledger_to_tell() as ledger:
            told = tell_audiences(ledger, name, now=app.now(), since=begin, more_than=more_than)
        if html:
            from connector.pages.printed_report import (
                audience_page,  # templates: loaded where a page is made
            )

            write_out(audience_page(told))
        elif as_csv:
            write_out(MARK + line_of(HEADER))
            for cells in _lines(told):
                write_out(line_of(cells))
        else:
            tell(told, lambda one: screens_audience.show_audiences(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)


def _lines(told: Mapping[str, Any]) -> Iterator[list[object]]:
    """Each line of the table: cells in the order of `HEADER`, empty where a part has nothing to say."""
    for cells in _named_cells(told):
        yield [cells.get(column, "") for column in HEADER]


def _named_cells(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for one in told["rooms"]:
        shown = " ".join(each["identity"] for each in one["shown_to"])
        yield {"part": "room", **_of_place(one), **_counts(one), "identities": shown}
    for one in told["groups"]:
        yield {"part": "group", "name": one["identity"], **_counts(one), "rooms": one["rooms"]}
    for one in told["persons"]:
        known = "" if one["known"] else "unknown to the intranet"
        counts = {"documents": one["documents"], "rooms": one["rooms"]}
        yield {"part": "person", "name": one["address"], **counts, "change": known}
    for one in told["shared"]["audiences"]:
        public, shown = "public" if one["public"] else "", " ".join(one["identities"])
        yield {"part": "shared", **_of_place(one), **_counts(one), "change": public, "identities": shown}
    for one in (told["changes"] or {"list": ()})["list"]:
        yield {
            "part": f"change of a {one['kind']}",
            **_of_place(one),
            "name": one["title"] or one["id"],
            "change": one["change"],
            "run": one["run_id"],
            "at": one["at"],
            "gained": " ".join(one["gained"]),
            "lost": " ".join(one["lost"]),
        }


def _of_place(one: Mapping[str, Any]) -> dict[str, object]:
    return {"source": one["source"], "room": one["room"], "name": one["title"]}


def _counts(one: Mapping[str, Any]) -> dict[str, object]:
    return {"documents": one["documents"], "people": one["people"]}
