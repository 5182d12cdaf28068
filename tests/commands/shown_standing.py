"""What is shown on the screens of how things stand: checks, forecasts, status, exchanges, workers."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.notify.events import TOLD, What
from connector.plan.compared_words import last_compared
from connector.plan.reason_words import held
from connector.plan.words import on_hold
from connector.status.headline import Facts, Last, states
from connector.status.searchable import tell_reasons
from connector.status.workers import STATES
from tests.commands.shown_names import RUN
from tests.commands.shown_runs import RUNS

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
                        on_hold=on_hold("intranet", then=False),
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
            "waits_for": "itr.example.com answers that there are too many calls",
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
