"""
What the golden screens show: titles of every script, brackets and escapes, long ids, outcomes of every kind.

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

import msgspec

from connector.commands import running, screens, terminal
from connector.commands.preview_intranet import say_what
from connector.commands.progress import Counts, progress_line
from connector.commands.screens_audience import show_audiences
from connector.commands.screens_duplicates import show_duplicates
from connector.commands.screens_workers import show_workers
from connector.errors import ConnectorError, SettingsError
from connector.notify.events import TOLD, What
from connector.plan import order_words
from connector.plan.compared_words import last_compared
from connector.plan.findings import Code
from connector.plan.reason_words import held
from connector.plan.remaining_time import Outlook, Rest, Unknown
from connector.plan.report import Report, fold
from connector.plan.tally import Tally
from connector.plan.words import on_hold
from connector.status.headline import Facts, Last, states
from connector.status.searchable import tell_reason, tell_reasons
from connector.status.workers import STATES
from tests.commands.shown_finding import AUDIENCES, PREVIEW, PREVIEW_FOR, QUIET_AUDIENCES

FOLDER = Path(__file__).parent / "screens"
WIDTHS = (60, 80, 120)
ZONE = "Europe/Oslo"
RUN = "01M8D4HFA97ARSEZK4DJHNF8NQ"
ID = "ix-0191f3d2-7c44-7a2b-9d1e-5a6b7c8d9e0f"
TITLES = {
    "plain": "Plan [A].pdf",
    "long": "Protocol of the meeting on the foundations, whose name tells all that was said there, and by whom, at length.docx",
    "chinese": "橋梁下部結構施工圖及地質鑽探報告（第三版，含全部附錄與簽核意見，僅供內部使用）橋台伸縮縫支承墊更換計畫.pdf",
    "arabic": "تقرير فحص الجسر النهائي مع جميع الملاحق والصور والتوقيعات.pdf",
    "combining": "Cafe\u0301 de\u0301ja\u0300 vu \u2013 re\u0301sume\u0301 des re\u0301unions.docx",
    "emoji": "👷🏽 Site visit 👨‍👩‍👧 family day 🇳🇴.jpg",
    "brackets": "[/red] [bold]plan[/bold] :warning: [1/2].pdf",
    "escapes": "\x1b]0;owned\x07\x1b[2Jplan\nsucceeded  full run\u202efdp.exe",
    "one_word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvertrag",
}
FOLDERS = ["Example Corp", "The Bridge", "Drawings of the abutments and of all that stands on them", "Axis 1"]


def reasons() -> list[str]:
    """Sentences of each length, as a run tells them."""
    tally = Tally()
    tally.tell(Code.NO_FULL_RUN_YET)
    tally.tell(Code.HELD_BRAKED, count=600, reason="brake")
    tally.tell(Code.UNREADABLE, title=TITLES["chinese"], id=ID, why="503 (trace id 8f3c)")
    tally.tell(
        Code.SOURCE_INCOMPLETE,
        source="itr",
        errors=[
            "assessments: https://itr.example.com/api/v2/assessments?page=17&size=500&sort=id answered 503."
        ],
    )
    return fold(Report(run_id=RUN, mode="full", target="intranet", started=0), tally).reasons


REPORT: dict[str, Any] = {
    "run_id": RUN,
    "mode": "full",
    "target": "intranet",
    "outcome": "braked",
    "reasons": reasons(),
    "started_at": "2026-11-21T02:30:00Z",
    "finished_at": "2026-11-21T02:30:12Z",
    "duration_seconds": 12.3,
    "dry_run": False,
    "sources": {
        "interaxo": {"complete": True, "items": 1234, "requests": 240, "errors": [], "reread": 12},
        "itr": {"complete": False, "items": 1, "requests": 9, "errors": ["503"]},
    },
    "documents": {
        "live": 1234,
        "added": 3,
        "updated": 7,
        "unchanged": 1224,
        "deleted": 0,
        "quarantined": 1,
        "suspect": 2,
        "pending": 0,
        "held": 600,
        "without_text": 2,
    },
    "held": [
        *({"id": f"{ID}{n}", "title": title, "reason": held("brake"), "code": "brake"} for n, title in enumerate(TITLES.values())),
        *({"id": f"ix-{n}", "title": f"Note {n}.txt", "reason": held("brake"), "code": "brake"} for n in range(16)),
        {"id": "p1", "kind": "person", "title": "kari@example.com", "reason": held("person-brake"), "code": "person-brake"},
    ],
    "people": {"pushed": 12, "removed": 0, "held": 1, "unknown": [f"p{n}@example.com" for n in range(7)]},
    "session": {"opened": True, "ended": False, "predicted_removals": 600, "reported_removals": 0},
    "push": {"requests": 13, "bytes": 512345},
}  # fmt: skip
QUIET_REPORT: dict[str, Any] = {
    **REPORT,
    "outcome": "succeeded",
    "reasons": [],
    "decided": {"approved": "01M8D3ZZZ97ARSEZK4DJHNF8NQ", "by": "Kari"},
    "held": [],
    "documents": {**REPORT["documents"], "added": 1, "updated": 0, "quarantined": 0, "suspect": 0, "held": 0, "without_text": 0},
    "sources": {"interaxo": {"complete": True, "items": 1234, "requests": 240, "errors": []}},
    "people": {"pushed": 0, "removed": 0, "unknown": []},
    "session": {"opened": True, "ended": True, "predicted_removals": 1, "reported_removals": 1},
}  # fmt: skip
RUNS = [
    {**REPORT, "removed": 3},
    {**REPORT, "mode": "delta", "outcome": "running", "documents": {}, "reasons": []},
    *(
        {**REPORT, "mode": mode, "outcome": outcome, "reasons": [], "removed": 12_345, "dry_run": dry}
        for mode, outcome, dry in (
            ("backfill", "quarantined", False),
            ("delta", "withheld", True),
            ("full", "cancelled", False),
            ("delta", "failed", False),
            ("delta", "succeeded", False),
        )
    ),
]
PARKED = {
    "id": ID,
    "title": "Report [draft].docx",
    "source": "interaxo",
    "reason": "refused",
    "message": "Interact refused it in every form: the field Title is too long (code 7).",
    "attempts": 1,
    "first_seen": "2026-11-21T02:30:00Z",
    "last_seen": "2026-11-21T02:30:00Z",
    "next_try": "next run",
}
EXPLAINED: dict[str, Any] = {
    "id": ID,
    "source": "interaxo",
    "native_id": "0191f3d2-7c44-7a2b-9d1e-5a6b7c8d9e0f",
    "kind": "file",
    "title": "Plan [A].pdf",
    "url": "https://interaxo.example.com/app/community/example-corp/room/the-bridge/item/0191f3d2-7c44-7a2b-9d1e-5a6b7c8d9e0f",
    "words": "in the intranet",
    "document": {
        "CrumbLinks": [{"Key": one} for one in FOLDERS],
        "Taxonomy": [
            {"Name": "Status", "TextValue": "Draft"},
            {"Name": "Amount", "NumberValue": 1.5},
            {"Name": "Revised", "DateValue": "2026-11-20T00:00:00Z"},
        ],
    },
    "text": f"First line of the drawing, which goes on for longer than a terminal is wide, as lines of drawings do\n{TITLES['chinese']}",
    "audience": {
        "words": "whoever has one of 2 identities",
        "identities": ["interaxo:group:example-corp/all", f"interaxo:user:{ID}@a-very-long-name-of-a-company.example.com"],
    },
    "for": {
        "person": "kari@example.com",
        "finds": True,
        "steps": [
            "room example-corp/the-bridge: its readers are interaxo:group:example-corp/all",
            f"the person in interaxo is kari, in 1 group: interaxo:group:example-corp/all (read in run {RUN})",
        ],
        "through": ["interaxo:group:example-corp/all"],
        "missing": None,
    },
    "pushed_at": "2026-11-21T02:30:00Z",
    "pushed_run": RUN,
    "without_text": "no-text-format",
    "text_missing": tell_reason("no-text-format"),
    "held": held("brake"),
    "missing_since_run": RUN,
    "unanswered_until": "2026-11-21T02:32:00Z",
    "quarantine": PARKED,
}  # fmt: skip
HIDDEN: dict[str, Any] = {
    "id": ID,
    "title": "Drawings [old]",
    "about": "document",
    "documents": 12,
    "carried_out": True,
    "to_erase": False,
    "words": "hidden by kari since 2026-11-21T02:30:00Z, because: the drawings of the bid; until 2026-12-24T00:00:00Z",
}
CERTIFICATE: dict[str, Any] = {
    "certificate": RUN,
    "about": "document",
    "ids": [ID, "ix-2"],
    "by": "the data protection officer",
    "at": "2026-11-21T02:30:00Z",
    "because": "article 17",
    "complete": True,
    "calls": [{"call": "PUT docs/delete", "ids": 2}, {"call": "GET docs/{id}/state", "ids": 2}],
    "read_back": {"words": order_words.read_back(person=False, asked=2, there=0, done=True)},
    "erased_words": order_words.was_erased({"texts": 2, "history": 0, "hidden": 1, "texts_of_files": 1}),
    "kept_out": order_words.stays_out(person=False),
    "logs": order_words.in_logs(person=False, names=False),
    "not_reached": [
        order_words.other_copies(["ledger.db.before-0009"]),
        *order_words.beyond_reach(person=True, kept_texts=1, anew=False),
    ],
    "words": order_words.was_forgotten(ID, complete=True),
}
LISTED: dict[str, Any] = {
    "asked": {"state": "", "reason": ""},
    "count": 1000,
    "at_least": True,
    "without_text": tell_reasons({"encrypted": 31, "no-text-format": 7}),
    "page": 1,
    "more": True,
    "next": "[0,995]",
    "documents": [
        {
            "id": f"{ID}{number}",
            "title": title,
            "folders": [*FOLDERS, title][: 5 if name == "chinese" else 4],
            "words": "in the intranet",
            "without_text": tell_reason("encrypted") if name == "plain" else None,
            "held": {"code": "brake", "words": held("brake")} if name == "long" else None,
            "quarantine": {"code": "refused", "words": PARKED["message"]} if name == "long" else None,
        }
        for number, (name, title) in enumerate(TITLES.items())
    ],
}
CHECKED: dict[str, Any] = {
    "ledger": {"ok": False, "message": "ledger.db belongs to uid 7, mode 0600; you are uid 8"},
    "here": {
        "ok": False,
        "problems": [
            "/etc/interact-connector/credentials/targets.intranet.api_key holds secrets and can be read by everybody on this "
            "machine. Run: chmod o= /etc/interact-connector/credentials/targets.intranet.api_key"
        ],
    },
    "ocr": {"ok": True, "message": "OCR is off."},
    "targets": {
        "intranet": {
            "ok": True,
            "message": "Signed in to https://example.interactgo.com, appid 1234; documents can be written and their state can be read.",
        }
    },
    "sources": {
        "interaxo": {
            "ok": False,
            "message": "https://interaxo.example.com answers 403.",
            "choices": {"room": "Whoever can open a room finds everything in it, closed folders as well. "},
            "rooms": [
                {
                    "name": "example-corp/bridge [1]",
                    "included": True,
                    "public": True,
                    "readers": "3 people, 2 groups: Kari Nordmann, Ola Nordmann, Per Persen, ...",
                },
                {"name": "example-corp/old", "included": False, "public": True},
            ],
        }
    },
    "next": "Next: connector sync --dry-run says what would be sent; connector backfill loads it.",
}
STATUS: dict[str, Any] = {
    "targets": {
        "intranet": {
            "matters": msgspec.to_builtins(
                states(
                    Facts(
                        last=Last(
                            id=RUN, outcome="braked", report={"reasons": ["12 documents would be removed"]}
                        ),
                        running=False,
                        late=True,
                        ready_after_h=24,
                        waiting=12,
                        waiting_since=RUN,
                        waiting_why=held("brake", of=12),
                        parked=1,
                        parked_why="Interact refuses it: the title is too long",
                        on_hold=on_hold("intranet"),
                    )
                )
            ),
            "documents": {"live": 1234, "held": 3, "kept": 2, "without_text": 2},
            "people": {"held": 1},
            "texts": {
                "with": 9,
                "without": {"empty": 1, "refused": 1, "[odd]": 1},
                "reasons": tell_reasons({"empty": 1_234_567, "refused": 1, "[odd]": 1}),
                "formats": [
                    {"format": "pdf", "with_text": 7, "without_text": 2},
                    *({"format": f"f{n}", "with_text": 123_456, "without_text": 0} for n in range(9)),
                ],
            },
            "quarantine": 1,
            "last_good": "2026-11-20T02:30:00Z",
            "last_runs": RUNS[:3],
            "settings_at": None,
            "next_runs": {"delta": "2026-11-21T02:45:00+01:00", "full": None},
            "told": {
                "waiting": 2,
                "trouble": {"mail": "the mail server mail.example.com did not answer"},
                "since": "2026-11-21T02:30:00Z",
                "last": {
                    "event": "braked",
                    "words": TOLD[What.BRAKED],
                    "run_id": RUN,
                    "by": "webhook",
                    "at": "2026-11-21T02:30:00Z",
                },
            },
            "search": {
                "words": ["Search finds what is sent after 2 minutes at most (nobody looked between)."]
            },
            "compared": {
                "at": "2026-11-21T02:30:00Z",
                "run_id": RUN,
                "words": last_compared(asked=200, drift={"missing": 3}, notes_are_kept=False),
            },
            "sources": ["interaxo", "itr"],
        }
    }
}
EXCHANGES: dict[str, Any] = {
    "hosts": [
        {
            "host": "https://api.example.com",
            "transport": "TLS, certificates of this machine",
            "who": ["Interact"],
        }
    ],
    "exchanges": [
        {
            "number": 1,
            "method": "PUT",
            "host": "https://api.example.com",
            "path": "/api/connector/docs/addupdate/[id]/and/a/path/that/goes/on/and/on",
            "personal_data": "yes",
            "purpose": "Adds a document to the search of the intranet, or changes what stands there.",
            "header": "X-Tenant",
            "query": "none",
            "body": "the document: title, text, breadcrumbs, facets, and the identities of those who may see it",
            "receives": "a list",
            "kept": "a hash",
        }
    ],
}
CHANGES = [
    *({"id": f"ix-{n}", "change": "add", "title": title, "why": "new"} for n, title in enumerate(TITLES.values())),
    *({"id": f"ix-{n}", "change": "update", "title": f"Note {n}", "why": "other people may see it"} for n in range(42)),
]  # fmt: skip
IN_FULL = {
    **REPORT,
    "held": [
        *({**one, "folders": FOLDERS[: 2 + number % 2]} for number, one in enumerate(REPORT["held"][:-1])),
        REPORT["held"][-1],
    ],
}
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


WORKERS: dict[str, Any] = {
    "shared": True,
    "workers": [
        {
            "id": "connector-7c9f4d5b8-x2x7q-3fa1b2c4",
            "host": "connector-7c9f4d5b8-x2x7q",
            "state": "working",
            "words": STATES["working"],
            "since": "2026-11-20T06:00:00Z",
            "silent_s": 2.4,
            "heard": "2 s ago",
            "doing": [
                {
                    "what": "full",
                    "target": "intranet",
                    "words": "full run of intranet",
                    "since": "2026-11-21T02:30:00Z",
                },
                {"what": "ocr", "target": "", "words": "scans", "since": "2026-11-21T02:31:00Z"},
            ],
        },
        {
            "id": "beta-0a1b2c3d",
            "host": "beta",
            "state": "silent",
            "words": STATES["silent"],
            "since": "2026-11-20T06:00:00Z",
            "silent_s": 1234.5,
            "heard": "20 min 34 s ago",
            "doing": [
                {
                    "what": "people",
                    "target": "south",
                    "words": "people's memberships of south",
                    "since": "2026-11-21T02:15:00Z",
                }
            ],
        },
    ],
    "waiting": 1,
    "walks": [
        {
            "target": "intranet",
            "source": "interaxo",
            "rooms": 412,
            "done": 57,
            "given_up": 1,
            "seats": [
                {"host": "connector-7c9f4d5b8-x2x7q", "state": "walking"},
                {"host": "beta", "state": "walking"},
                {"host": "", "state": "waiting"},
            ],
        }
    ],
    "takeovers": [
        {
            "what": "people",
            "target": "south",
            "words": "people's memberships of south",
            "due": "20261121T021500Z",
            "member": "beta-0a1b2c3d",
            "host": "beta",
            "at": "2026-11-21T02:16:00Z",
        }
    ],
    "runs": [
        {
            "target": "intranet",
            "run_id": RUN,
            "mode": "full",
            "since": "2026-11-21T02:30:00Z",
            "by": "process 4711",
            "host": "connector-7c9f4d5b8-x2x7q",
        }
    ],
}

FORESEEN = {
    "sources": {
        "interaxo": {
            "whole": False, "asked": 1_117, "documents": 104_210, "calls": 118_400, "bytes": 290_400_000, "seconds": 5_520.0,
            "ledger_bytes": 480_000_000, "cache_bytes": 912_000_000, "message": "",
            "unread": {
                "example-corp/tender": "Interaxo refused GET /rooms/4711 with 403; give the account the right to read the room",
                "example-corp/tunnel": "some of its items, or who may see them, could not be read",
            },
            "unread_count": 5,
        },
        "itr": {
            "whole": True, "asked": 640, "documents": 4_100, "calls": 4_700, "bytes": 9_800_000, "seconds": 41.0,
            "ledger_bytes": 19_000_000, "cache_bytes": 0, "message": "",
            "unread": {}, "unread_count": 0,
        },
        "lab": {"asked": 1, "message": "https://lab.example.com answered 503; a later run does the rest"},
    },
    "disk_bytes": 1_411_000_000,
    "seconds": 5_520.0,
}  # fmt: skip
NOTHING_CHECKED: dict[str, Any] = {"targets": {}, "sources": {}}

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
