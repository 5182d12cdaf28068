"""What is shown on the screens of runs: their reports, what they changed, what they left in quarantine."""

from __future__ import annotations

from typing import Any

from connector.plan.findings import Code
from connector.plan.reason_words import held
from connector.plan.report import Report, fold
from connector.plan.tally import Tally
from tests.commands.shown_names import FOLDERS, ID, RUN, TITLES


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
