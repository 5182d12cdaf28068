"""What is shown on the screens of who can find what, and of what people would find."""

from __future__ import annotations

from typing import Any

from tests.commands.shown_names import RUN

ROOM = "0191f3d2-7c44-7a2b-9d1e-5a6b7c8d9e0f"
LONG = "Drawings of the abutments of the new bridge, and of all that stands on them"
ROOMS: list[dict[str, Any]] = [
    {"title": LONG, "room": ROOM, "source": "interaxo", "documents": 1_234_567, "people": 40},
    {"title": "橋梁下部結構施工圖", "room": ROOM, "source": "interaxo", "documents": 12, "people": 3},
    {"title": "", "room": "sessions", "source": "itr", "documents": 1, "people": 0},
]
AUDIENCES: dict[str, Any] = {
    "target": "intranet",
    "documents": 1_234_580,
    "public": 1,
    "nobody": 2,
    "people": {"known": 40, "unknown": 1},
    "rooms": ROOMS,
    "groups": [
        {
            "identity": f"interaxo:group:example-corp/the-engineers-of-the-abutments-{n}",
            "documents": 12,
            "people": n,
        }
        for n in range(17)
    ],
    "persons": [{"address": "kari.nordmann@example.com", "documents": 1_234_567, "rooms": 2}],
    "shared": {
        "more_than": 30,
        "documents": 1_234_568,
        "audiences": [{**ROOMS[0], "public": False}, {**ROOMS[1], "public": True}],
    },
    "changes": {
        "since": "2026-11-01T00:00:00Z",
        "kept_since": "2026-11-20T00:00:00Z",
        "documents_widened": 1,
        "documents_narrowed": 2,
        "people_widened": 3,
        "people_narrowed": 1,
        "runs": [
            {
                "run_id": RUN,
                "at": "2026-11-21T02:30:00Z",
                "documents_widened": 1,
                "documents_narrowed": 2,
                "people_widened": 3,
                "people_narrowed": 1,
            }
        ],
        "list": [
            {
                "change": "changed",
                "title": LONG,
                "id": f"ix-{ROOM}",
                "gained": [f"interaxo:group:example-corp/group-{n}" for n in range(5)],
                "lost": ["interaxo:user:u-4711"],
            },
            {
                "change": "narrowed",
                "title": "",
                "id": "ola@example.com",
                "gained": [],
                "lost": ["itr:group:2/office"],
            },
        ],
    },
}
QUIET_AUDIENCES: dict[str, Any] = {
    **AUDIENCES,
    "public": 0,
    "nobody": 0,
    "people": {"known": 1, "unknown": 0},
    "groups": [],
    "shared": {"more_than": None, "documents": 0, "audiences": []},
    "changes": None,
}
PREVIEW: dict[str, Any] = {
    "report": {"outcome": "withheld", "reasons": ["itr was not read to the end: 503. The next run tries again."]},
    "documents": 1_234_580,
    "people": 40,
    "for": None,
    "rooms": [*ROOMS, *({**ROOMS[1], "title": f"Room {n}"} for n in range(20))],
}  # fmt: skip
PREVIEW_FOR: dict[str, Any] = {
    **PREVIEW,
    "report": {"outcome": "succeeded", "reasons": []},
    "for": {"name": "Kari Nordmann", "person": "kari.nordmann@example.com", "finds": 1_234_567, "rooms": ROOMS},
}  # fmt: skip
