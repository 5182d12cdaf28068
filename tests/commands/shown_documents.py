"""What is shown on the screens of documents: a list of them, one explained, what is hidden."""

from __future__ import annotations

from typing import Any

from connector.plan import order_words
from connector.plan.reason_words import held
from connector.status.searchable import tell_reason, tell_reasons
from tests.commands.shown_names import FOLDERS, ID, RUN, TITLES
from tests.commands.shown_runs import PARKED

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
