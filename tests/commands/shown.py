"""
What the golden screens show, each by its name, and how it looks at a width; what is told on them stands in `shown_*.py` beside this.

    python -m tests.commands.shown        writes the files of `screens/` anew; look at each before it is committed
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from connector.commands import running, screens, terminal
from connector.commands.preview_intranet import say_what
from connector.commands.progress import Counts, progress_line
from connector.commands.screens_audience import show_audiences
from connector.commands.screens_duplicates import show_duplicates
from connector.commands.screens_workers import show_workers
from connector.errors import ConnectorError, SettingsError
from connector.plan.remaining_time import Outlook, Rest, Unknown
from tests.commands.shown_documents import CERTIFICATE, EXPLAINED, HIDDEN, LISTED
from tests.commands.shown_finding import AUDIENCES, PREVIEW, PREVIEW_FOR, QUIET_AUDIENCES
from tests.commands.shown_names import FOLDERS, ID, TITLES
from tests.commands.shown_runs import CHANGES, IN_FULL, PARKED, QUIET_REPORT, REPORT, RUNS
from tests.commands.shown_standing import CHECKED, EXCHANGES, FORESEEN, NOTHING_CHECKED, STATUS, WORKERS

FOLDER = Path(__file__).parent / "screens"
WIDTHS = (60, 80, 120)
ZONE = "Europe/Oslo"
DEMO: list[tuple[str, str]] = [
    ("", "\n2. People go on working in the rooms"),
    (" pushes just that", "3. A delta run"),
    ("  - Kari moves the drawing of the abutment into another folder, where fewer people may open it", ""),
    (f"  “橋梁” as kari: {TITLES['chinese']} (its text names it)", ""),
    (f"      {' > '.join(FOLDERS)}", ""),
    ("\nDone in 4 s.", ""),
]
MISTAKES = SettingsError(
    "targets.intranet.api_key",
    "missing; set CONNECTOR_TARGETS__INTRANET__API_KEY, or write it into /etc/interact-connector/credentials/targets.intranet.api_key",
    also=[
        SettingsError(
            "sources.interaxo.permissons", "unknown key, did you mean permissions?", origin="settings.toml"
        )
    ],
)
REFUSED = ConnectorError(
    "https://api.example.com refused the key (401). Check targets.intranet.api_key, then run: connector check"
)


def demo(told: list[tuple[str, str]]) -> None:
    """Lines of the tour."""
    for words, bold in told:
        screens.say(words, bold=bold)


def preview(told: dict[str, Any]) -> None:
    """What people would find."""
    say_what(told, screens.say)


def error(told: ConnectorError) -> None:
    """A verb that ends in an error; what it writes stands on standard error."""

    def fail() -> int:
        raise told

    with contextlib.suppress(SystemExit):
        running.run_verb(fail, False)


def progress(told: list[tuple[Counts, float]]) -> None:
    """The line of a run that somebody watches, at several moments."""
    for counts, seconds in told:
        screens.say(progress_line(counts, seconds, terminal.width_of(screens.console())))


def counts(items: int, documents: int, expected: int, rest: Rest | None = None) -> Counts:
    """A run under way."""
    outlook = Outlook(lambda: 0.0)
    outlook.expect({"interaxo": expected})
    outlook.part("interaxo")
    outlook.rest = rest or Rest(why=Unknown.EARLY)
    made = Counts(outlook)
    made.seen(items)
    made.pushed(documents)
    return made


def at(show: Callable[..., None]) -> Callable[[Any], None]:
    """A screen with its times in Oslo."""
    return lambda told: show(told, ZONE)


SHOWN: dict[str, tuple[Callable[[Any], None], Any]] = {
    "report": (at(screens.show_report), REPORT),
    "report_quiet": (at(screens.show_report), QUIET_REPORT),
    "report_dry": (at(screens.show_report), {**QUIET_REPORT, "dry_run": True, "changes": CHANGES}),
    "run": (at(screens.show_report), IN_FULL),
    "check": (screens.show_check, CHECKED),
    "forecast": (screens.show_check, {**NOTHING_CHECKED, "forecast": FORESEEN}),
    "status": (at(screens.show_status), STATUS),
    "documents": (at(screens.show_documents), LISTED),
    "documents_without_text": (
        screens.show_documents,
        {**LISTED, "asked": {"state": "without-text", "reason": ""}, "more": False},
    ),
    "duplicates": (
        show_duplicates,
        {
            "files": 41,
            "documents": 97,
            "page": 1,
            "more": True,
            "duplicates": [
                {
                    "content": "c" * 64,
                    "places": [
                        {
                            "id": f"{ID}{number}",
                            "title": title,
                            "source": "interaxo",
                            "folders": FOLDERS,
                            "link": None,
                        }
                        for number, title in enumerate(TITLES.values())
                    ],
                },
                {
                    "content": "d" * 64,
                    "places": [
                        {
                            "id": f"{ID}{number}",
                            "title": "",
                            "source": "interaxo",
                            "folders": [],
                            "link": None,
                        }
                        for number in range(2)
                    ],
                },
            ],
        },
    ),
    "documents_none": (screens.show_documents, {**LISTED, "documents": [], "count": 0, "more": False}),
    "documents_from": (
        screens.show_documents,
        {**LISTED, "documents": LISTED["documents"][:1], "page": None, "next": '["broken","/ix-r 1/"]'},
    ),
    "documents_far": (screens.show_documents, {**LISTED, "documents": [], "count": 0, "more": True}),
    "runs": (at(screens.show_runs), RUNS),
    "runs_none": (screens.show_runs, []),
    "quarantine": (
        at(screens.show_quarantine),
        [
            PARKED,
            {**PARKED, "attempts": 3, "title": TITLES["chinese"], "next_try": "2026-11-21T04:30:00Z"},
            {**PARKED, "title": TITLES["brackets"]},
        ],
    ),
    "quarantine_none": (screens.show_quarantine, []),
    "verification": (
        screens.show_verification,
        {
            "words": "200 of 236 documents were asked for; 199 of them are in the intranet as the ledger says.",
            "found": [{"drift": "missing", "id": ID, "title": TITLES["long"]}],
        },
    ),
    "explanation": (at(screens.show_explanation), EXPLAINED),
    "explanation_quarantined": (
        screens.show_explanation,
        {
            "id": ID,
            "source": "interaxo",
            "native_id": "odd",
            "kind": None,
            "title": "Odd",
            "url": None,
            "state": "quarantined",
            "words": PARKED["message"],
            "quarantine": PARKED,
        },
    ),
    "explanation_hidden": (
        screens.show_explanation,
        {
            "id": "ix-2",
            "source": "interaxo",
            "native_id": "2",
            "kind": "file",
            "title": "Plan [A].pdf",
            "url": None,
            "state": "hidden",
            "words": "not in the search",
            "hidden": {**HIDDEN, "itself": False},
        },
    ),
    "hidden": (
        screens.show_hidden,
        {
            "hidden": [
                HIDDEN,
                {**HIDDEN, "title": "", "documents": 1, "carried_out": False},
                {**HIDDEN, "title": "", "documents": 1, "kind": "forget", "to_erase": True},
                {**HIDDEN, "title": TITLES["chinese"]},
            ],
            "documents": 13,
        },
    ),
    "hidden_none": (at(screens.show_hidden), {"hidden": [], "documents": 0}),
    "fitting": (
        screens.show_fitting,
        {
            "error": {
                "key": "ID|LINK|TITLE",
                "message": "4 documents fit 'plan'; none was hidden. Name one by its id",
            },
            "count": 4,
            "fits": [
                {"id": ID, "title": "Plan [A].pdf", "folders": FOLDERS},
                {"id": "ix-2", "title": TITLES["long"], "folders": []},
                {"id": "ix-3", "title": TITLES["escapes"], "folders": []},
            ],
        },
    ),
    "certificate": (screens.show_certificate, CERTIFICATE),
    "backup": (
        at(screens.show_backup),
        {
            "file": "/var/backups/interact-connector/ledger-2026-11-21.db",
            "bytes": 5_123_456,
            "schema": "m0007",
            "targets": {
                "intranet": {
                    "documents": {"live": 1234, "held": 1},
                    "people": 1,
                    "finished_at": 1_795_228_200.0,
                },
                "other": {"documents": {}, "people": 0, "finished_at": None},
            },
        },
    ),
    "backup_empty": (
        at(screens.show_backup),
        {"file": "ledger.db", "bytes": 4096, "schema": "m0007", "targets": {}},
    ),
    "restored": (screens.show_restored, {"old_ledger": "/var/lib/interact-connector/ledger.db.set-aside-1"}),
    "copy": (
        screens.show_copy,
        {
            "rows": {"documents": 1234},
            "from": "sqlite:////var/lib/interact-connector/ledger.db",
            "to": "postgresql://connector@db.example.com/ledger",
        },
    ),
    "exchanges": (screens.show_exchanges, EXCHANGES),
    "workers": (lambda told: show_workers(told, ZONE), WORKERS),
    "audiences": (at(show_audiences), AUDIENCES),
    "audiences_quiet": (at(show_audiences), QUIET_AUDIENCES),
    "preview": (preview, PREVIEW),
    "preview_for": (preview, PREVIEW_FOR),
    "demo": (demo, DEMO),
    "progress": (
        progress,
        [
            (counts(0, 0, 0), 0.4),
            (counts(5, 2, 0), 9.0),
            (counts(46_800, 46_700, 0), 3_723.0),
            (counts(468, 400, 1_000_000), 65.0),
            (counts(400_468, 400_400, 1_000_000, Rest(seconds=21_000)), 14_065.0),
            (counts(990_000, 980_000, 1_000_000, Rest(seconds=364)), 36_065.0),
            (counts(46_800, 46_700, 0, Rest(why=Unknown.ROOMS, unread=114, rooms=120)), 3_723.0),
            (counts(46_800, 46_700, 0, Rest(why=Unknown.FOLDERS)), 3_723.0),
            (counts(1_046_800, 1_046_700, 0, Rest(why=Unknown.LENGTH)), 43_723.0),
            (counts(1_000_468, 1_000_400, 1_000_000, Rest(seconds=20)), 40_000.0),
            (counts(1_000_468, 1_000_400, 1_000_000, Rest(why=Unknown.CLOSING)), 40_000.0),
        ],
    ),
    "error_settings": (error, MISTAKES),
    "error_refused": (error, REFUSED),
}
"""Each screen, and what is shown on it."""


def shown(name: str, width: int) -> str:
    """A screen as it looks at a width, with what stands on standard error."""
    show, told = SHOWN[name]
    with at_width(width) as out:
        show(told)
    return out.getvalue()


@contextlib.contextmanager
def at_width(width: int) -> Iterator[io.StringIO]:
    """A terminal that is not one, of so many columns; its colours are left out."""
    out = io.StringIO()
    kept = {name: os.environ.pop(name, None) for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TERM", "COLUMNS")}
    os.environ["COLUMNS"] = str(width)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            yield out
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def write_anew() -> None:
    """Write the golden files."""
    for width in WIDTHS:
        (FOLDER / str(width)).mkdir(parents=True, exist_ok=True)
        for file in (FOLDER / str(width)).glob("*.txt"):
            file.unlink()
        for name in SHOWN:
            (FOLDER / str(width) / f"{name}.txt").write_text(shown(name, width), encoding="utf-8")


if __name__ == "__main__":
    write_anew()
    sys.stdout.write(f"{len(SHOWN) * len(WIDTHS)} files written to {FOLDER}; look at them with git diff\n")
