"""The screens of the terminal, each compared with how it looks at 80 columns; and what no title may do to them."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.commands import screens
from connector.document.printable import printable, safe_json
from connector.plan import words as plan_words
from connector.status.searchable import tell_reason, tell_reasons

SAMPLES = Path(__file__).parents[1] / "samples" / "screens"
RUN = "01M8D4HFA97ARSEZK4DJHNF8NQ"
REPORT: dict[str, Any] = {
    "run_id": RUN,
    "mode": "full",
    "target": "intranet",
    "outcome": "braked",
    "reasons": ["removing 600 documents would go beyond max_deletes = 500"],
    "started_at": "2026-11-21T02:30:00Z",
    "finished_at": "2026-11-21T02:30:12Z",
    "duration_seconds": 12.3,
    "dry_run": False,
    "sources": {
        "interaxo": {"complete": True, "items": 1234, "requests": 240, "errors": [], "reread": 12},
        "itr": {"complete": False, "items": 7, "requests": 9, "errors": ["503"]},
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
    "held": [{"id": "ix-1", "title": "Plan [A].pdf", "reason": "brake"}],
    "people": {"pushed": 12, "removed": 0, "unknown": [f"p{n}@example.com" for n in range(7)]},
    "session": {"opened": True, "ended": False, "predicted_removals": 600, "reported_removals": 0},
    "push": {"requests": 13, "bytes": 512345},
}
PARKED = {
    "id": "ix-odd",
    "title": "Report [draft].docx",
    "source": "interaxo",
    "reason": "refused",
    "message": "the document has no title",
    "attempts": 1,
    "first_seen": "2026-11-21T02:30:00Z",
    "last_seen": "2026-11-21T02:30:00Z",
    "next_try": "next run",
}
EXPLAINED: dict[str, Any] = {
    "id": "ix-1",
    "source": "interaxo",
    "native_id": "1",
    "kind": "file",
    "title": "Plan [A].pdf",
    "url": "https://ix.example.com/1",
    "words": "in the intranet",
    "document": {
        "CrumbLinks": [{"Key": "Example Corp"}, {"Key": "The Bridge"}],
        "Taxonomy": [{"Name": "Status", "TextValue": "Draft"}, {"Name": "Amount", "NumberValue": 1.5}],
    },
    "text": "First line\nSecond line",
    "audience": {
        "words": "whoever carries one of 1 identities",
        "identities": ["interaxo:group:example-corp/all"],
    },
    "for": {
        "person": "kari@example.com",
        "finds": True,
        "steps": ["the intranet knows her"],
        "through": ["interaxo:group:example-corp/all"],
        "missing": None,
    },
    "pushed_at": "2026-11-21T02:30:00Z",
    "pushed_run": RUN,
    "without_text": "no-text-format",
    "text_missing": tell_reason("no-text-format"),
    "held": "brake",
    "missing_since_run": RUN,
    "unanswered_until": "2026-11-21T02:32:00Z",
    "quarantine": PARKED,
}
HIDDEN: dict[str, Any] = {
    "id": "ix-1",
    "title": "Drawings [old]",
    "documents": 12,
    "carried_out": True,
    "words": "hidden by kari since 2026-11-21T02:30:00Z, because: the drawings of the bid; until 2026-12-24T00:00:00Z",
}
CERTIFICATE: dict[str, Any] = {
    "certificate": RUN,
    "about": "document",
    "ids": ["ix-1", "ix-2"],
    "by": "the data protection officer",
    "at": "2026-11-21T02:30:00Z",
    "because": "article 17",
    "complete": True,
    "calls": [{"call": "PUT docs/delete", "ids": 2}, {"call": "GET docs/{id}/state", "ids": 2}],
    "read_back": {"words": plan_words.read_back(person=False, asked=2, there=0, done=True)},
    "erased": {"texts": 2, "history": 0, "texts_of_files": 1},
    "kept_out": plan_words.stays_out(person=False),
    "logs": plan_words.in_logs(person=False, names=False),
    "not_reached": [
        plan_words.other_copies(["ledger.db.before-0009"]),
        *plan_words.beyond_reach(person=True, kept_texts=1, anew=False),
    ],
    "words": plan_words.was_forgotten("ix-1", complete=True, done=True),
}
LISTED: dict[str, Any] = {
    "asked": {"state": "", "reason": ""},
    "count": 1234,
    "without_text": tell_reasons({"encrypted": 31, "no-text-format": 7}),
    "page": 1,
    "more": True,
    "documents": [
        {
            "id": "ix-1",
            "title": "Plan [A].pdf",
            "folders": [
                "Example Corp",
                "The Bridge",
                "Drawings of the abutments and of all that stands on them",
                "Axis 1",
            ],
            "words": "in the intranet",
            "without_text": tell_reason("encrypted"),
            "held": None,
            "quarantine": None,
        },
        {
            "id": "ix-2",
            "title": "A protocol of a meeting whose name tells all that was said in it, and by whom, at length.docx",
            "folders": [],
            "words": "held",
            "without_text": None,
            "held": {
                "code": "brake",
                "words": "gone from its source, but too many documents would go at once",
            },
            "quarantine": {"code": "refused", "words": "Interact refuses it: code 7"},
        },
    ],
}
SHOWN: dict[str, tuple[Callable[[Any], None], Any]] = {
    "report": (screens.show_report, REPORT),
    "report_dry": (
        screens.show_report,
        {
            **REPORT,
            "outcome": "succeeded",
            "dry_run": True,
            "held": [],
            "reasons": [],
            "session": {"opened": True, "ended": True, "predicted_removals": 1, "reported_removals": 1},
            "changes": [{"id": f"ix-{n}", "change": "add", "title": f"Note {n}", "why": "new"} for n in range(52)],
        },
    ),
    "check": (
        screens.show_check,
        {
            "ledger": {"ok": False, "message": "ledger.db belongs to uid 7, mode 0600; you are uid 8"},
            "targets": {"intranet": {"ok": True, "message": "signed in"}},
            "sources": {
                "interaxo": {
                    "ok": False,
                    "message": "answers 403",
                    "choices": {"room": "shows everything in a room"},
                    "rooms": [
                        {"name": "example-corp/bridge [1]", "included": True, "public": True},
                        {"name": "example-corp/old", "included": False, "public": True},
                    ],
                }
            },
        },
    ),
    "status": (
        screens.show_status,
        {
            "targets": {
                "intranet": {
                    "documents": {"live": 1234, "held": 1, "without_text": 2},
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
                    "last_runs": [REPORT],
                    "next_runs": {"delta": "2026-11-21T02:45:00+01:00", "full": None},
                    "sources": ["interaxo", "itr"],
                }
            }
        },
    ),
    "documents": (screens.show_documents, LISTED),
    "documents_without_text": (
        screens.show_documents,
        {**LISTED, "asked": {"state": "without-text", "reason": ""}, "more": False},
    ),
    "documents_none": (screens.show_documents, {**LISTED, "documents": [], "count": 0}),
    "runs": (screens.show_runs, [{**REPORT, "removed": 3}, {**REPORT, "mode": "delta", "outcome": "running", "documents": {}, "reasons": []}]),
    "runs_none": (screens.show_runs, []),
    "quarantine": (screens.show_quarantine, [PARKED, {**PARKED, "attempts": 3}]),
    "quarantine_none": (screens.show_quarantine, []),
    "verification": (
        screens.show_verification,
        {"words": "200 of 236 documents are right.", "found": [{"drift": "missing", "id": "ix-1", "title": "Plan [A].pdf"}]},
    ),
    "explanation": (screens.show_explanation, EXPLAINED),
    "explanation_quarantined": (
        screens.show_explanation,
        {"id": "ix-odd", "source": "interaxo", "native_id": "odd", "kind": None, "title": "Odd", "url": None,
         "state": "quarantined", "words": "the document has no title", "quarantine": PARKED},
    ),
    "explanation_hidden": (
        screens.show_explanation,
        {"id": "ix-2", "source": "interaxo", "native_id": "2", "kind": "file", "title": "Plan [A].pdf", "url": None, "state": "hidden",
         "words": "not in the search", "hidden": {**HIDDEN, "itself": False}},
    ),
    "hidden": (
        screens.show_hidden,
        {"hidden": [HIDDEN, {**HIDDEN, "title": "", "documents": 1, "carried_out": False}], "documents": 13},
    ),
    "certificate": (screens.show_certificate, CERTIFICATE),
    "hidden_none": (screens.show_hidden, {"hidden": [], "documents": 0}),
    "fitting": (
        screens.show_fitting,
        {
            "error": {"key": "ID|LINK|TITLE", "message": "3 documents fit 'plan'; none was hidden. Name one by its id"},
            "count": 3,
            "fits": [
                {"id": "ix-1", "title": "Plan [A].pdf", "folders": ["Example Corp", "The Bridge"]},
                {"id": "ix-2", "title": "Plan.pdf", "folders": []},
            ],
        },
    ),
    "exchanges": (
        screens.show_exchanges,
        {
            "hosts": [{"host": "https://api.example.com", "transport": "TLS", "who": ["Interact"]}],
            "exchanges": [
                {"number": 1, "method": "PUT", "host": "https://api.example.com", "path": "/docs/[id]", "personal_data": "yes",
                 "purpose": "Adds a document.", "header": "X-Tenant", "query": "none", "body": "the document", "receives": "a list",
                 "kept": "a hash"}
            ],
        },
    ),
}  # fmt: skip
ODD_TITLES = [
    "[/]",
    "[/red] plan",
    "[red]x[/blue]",
    "[link=https://evil.example]plan[/link]",
    "plan [1/2] [A].pdf",
    ":warning: plan",
    "\x1b]0;owned\x07\x1b[2Jplan",
    "plan\nsucceeded  full run",
    "\u202efdp.exe",
    "\x9b2Jplan",
    "lone \ud83d",
]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("name", SHOWN)
def test_each_screen_looks_as_it_should(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show, told = SHOWN[name]
    show(told)
    assert capsys.readouterr().out == (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("outcome", screens.COLOURS)
@pytest.mark.parametrize("mode", ["backfill", "delta", "full"])
def test_a_list_of_runs_cuts_no_word_short(
    outcome: str, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reasons = [
        "the source answered 503 to every call for ten minutes, so it is left to the next run " * 2,
        "more",
    ]
    run = {**REPORT, "mode": mode, "outcome": outcome, "dry_run": True, "reasons": reasons, "removed": 12_345}
    screens.show_runs([run])
    told = capsys.readouterr().out
    _, line, counts, why = told.splitlines()
    assert len(line) <= 80
    for word in (RUN, f"{mode} (dry)", outcome, "2026-11-21 02:30:00"):
        assert word in line
    assert counts == "    3 added, 7 updated, 12345 removed"
    assert why == f"    {reasons[0]} (and 1 more: connector runs {RUN})"


def test_no_screen_is_without_a_sample() -> None:
    assert {name for name in vars(screens) if name.startswith("show_")} == {
        show.__name__ for show, _ in SHOWN.values()
    }


def with_title(value: Any, title: str) -> Any:
    """The same values, with every word that somebody else may have written replaced."""
    if isinstance(value, dict):
        return {
            key: title
            if key in {"title", "message", "text", "why", "person", "name", "words", "TextValue", "Key"}
            and isinstance(one, str)
            else with_title(one, title)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [title if isinstance(one, str) else with_title(one, title) for one in value]
    return value


@pytest.mark.parametrize("title", ODD_TITLES)
@pytest.mark.parametrize("name", SHOWN)
def test_no_title_steers_a_terminal_or_ends_a_command(
    name: str, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show, told = SHOWN[name]
    before = told
    show(with_title(told, "plan"))
    lines = capsys.readouterr().out.count("\n")
    show(with_title(told, title))
    out = capsys.readouterr().out
    assert told == before
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", out)
    wrap = {
        "hidden",
        "certificate",
        "explanation_hidden",
        "runs",
        "status",
        "report",
        "report_dry",
        "documents",
        "documents_without_text",
    }
    if "\n" in title and name not in wrap:
        assert out.count("\n") == lines + ("text" in told)


@pytest.mark.parametrize("title", ODD_TITLES[:6])
def test_a_title_is_shown_as_it_is(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    screens.show_report(
        {**REPORT, "held": [{"id": "x", "title": title, "reason": "brake"}], "reasons": [title]}
    )
    screens.show_quarantine([{**PARKED, "title": title}])
    screens.show_explanation({**EXPLAINED, "title": title})
    assert capsys.readouterr().out.count(title) == 4


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-8"])
def test_every_screen_can_be_written_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    from connector.machine import streams

    streams.prepare()
    for show, told in SHOWN.values():
        show(with_title(told, "Plan “A” – Łódź 橋 \ud83d"))
    sys.stdout.flush()
    assert b"Plan " in raw.getvalue()


def test_json_escapes_what_a_terminal_would_obey() -> None:
    told = {"title": "a\x1b[2J\x9b2J\u202e\ud83d ø"}
    written = safe_json(json.dumps(told, ensure_ascii=False))
    assert json.loads(written) == told
    assert written.isprintable()
    assert "ø" in written


def test_printable_keeps_what_letters_need() -> None:
    assert printable("crème brûlée 👨‍👩‍👧 نمی‌خواهم") == "crème brûlée 👨‍👩‍👧 نمی‌خواهم"
    assert printable("a\r\nb\tc\u2028d") == "a b c d"
    assert printable("a\r\nb", lines=True) == "a \nb"
