"""What `explain`, `documents`, searches and lists ask of a ledger: none of it may look at more than it tells, in either database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LOOKED_UP = (
    *("documents.find", "documents.find_native", "documents.find_link"),
    *("documents.facts", "documents.body_of", "documents.audience_of", "documents.standing_of"),
    *(
        "catalogue.newest",
        "catalogue.in_room",
        "catalogue.of_kind",
        "catalogue.by_state",
        "catalogue.by_state_called",
        "catalogue.without_text",
    ),
    *(
        "catalogue.without_text_for",
        "catalogue.named",
        "catalogue.titled",
        "catalogue.called",
        "catalogue.frequent",
    ),
    *(
        "catalogue.parked",
        "catalogue.next_kind",
        "catalogue.next_source",
        "catalogue.never_sent",
    ),
    *("catalogue.folders", "quarantine.get", "runs.id_of", "browse.last_number", "browse.last_real_number"),
    "browse.last_fulls",
    *(
        "history.last",
        "history.names",
        "history.removed",
        "history.removed_in",
        "orders.find",
        "orders.met_before",
        "orders.page",
    ),
    *("waiting.counts", "waiting.rooms", "waiting.folders", "waiting.rows", "waiting.removals"),
    *("counts.kept", "duplicates.standing"),
    *("duplicates.groups_in", "duplicates.totals_in", "duplicates.places_in"),
    *("browse.runs", "browse.under_way", "browse.first_run_since", "browse.pushed_by_deltas"),
    *("browse.oldest_waiting", "browse.quarantine_reasons", "quarantine.count", "quarantine.groups"),
    *("quarantine.first_of", "quarantine.commonest", "unconfirmed.count_there"),
    *("orders.standing", "notes.get", "runs.get", "runs.recent", "leases.held", "leases.lasting"),
    *("members.everyone", "members.takeovers", "shards.every_state", "shards.everyone"),
    *("records.records", "shares.oldest_told", "shares.shares"),
    *("presence.first_held", "presence.count_held", "pending_audiences.count_held", "pending_audiences.held"),
    *("unconfirmed.waiting", "unconfirmed.count_waiting", "records.held", "records.count_held"),
    *("pending_audiences.held_counts", "unconfirmed.count", "records.held_counts"),
    *("upkeep.newest_run", "upkeep.run_of", "upkeep.leases_taken"),
    *("pending_audiences.waiting", "unconfirmed.standing"),
)
"""Their statements."""
NOT_LOOKED_UP = {
    **dict.fromkeys(("upkeep.name", "upkeep.name_it"), "of one row, by whoever opens a ledger"),
    **dict.fromkeys(
        ("scrub.read_people_removals", "scrub.read_quarantine", "scrub.read_removals", "scrub.read_runs"),
        "once in the life of a ledger",
    ),
    "notes.put": "written",
    **dict.fromkeys(
        ("duplicates.groups", "duplicates.totals", "duplicates.places"), "beside the page that shows them"
    ),
}
"""Statements of pages whose plans are not held to that, and why."""
FEW = "documents_waiting"
"""Indexes of what waits: whoever counts that looks at all of one, and at nothing else."""
FIRST = ("presence.first_held", "quarantine.first_of", "catalogue.parked")
"""Statements that tell the first of much: an index has their order, and nothing is sorted."""
COUNTED = {
    "waiting.counts": "documents_held",
    "waiting.removals": FEW,
    "waiting.rooms": FEW,
    "presence.held_counts": "documents_held",
    "presence.count_held": "documents_held",
    "browse.quarantine_reasons": "quarantine_reason",
    "browse.oldest_waiting": "quarantine_reason",
    "quarantine.commonest": "quarantine_reason",
}
"""Statements that look at all of what waits, and the index that has everything which they ask: no document is read for them."""
MANY = "documents|d|f|bodies|removals|newer|hidden"
"""Tables of which a ledger has as many rows as there are documents, by the names that statements have for them."""
VALUES: dict[str, Any] = {
    "target": "intranet",
    "word": "x7",
    "words": "x7",
    "lower": "x7",
    "id": "ix-7",
    "ids": '["ix-7"]',
    "limit": 50,
    "skipped": 0,
    "number": 1,
    "run": 1,
    "before": 4000,
    **dict.fromkeys(("since", "until", "first", "now", "last", "most", "within"), 1),
    "any_room": True,
    "named": False,
    "all_parked": True,
    "many": 51,
    "enough": 50,
    "at_0": 4000,
    "at_1": "",
    "at_2": "",
    "match": "'x 7'",
    "rooms": '["r7"]',
    "keys": '["k7"]',
    "with_any_text": True,
    "parked_or_not": True,
    "here": "r7",
    "of_state": "held",
    "of_source": "interaxo",
}
"""What they are handed, as far as it is no empty text."""
_PLACE = "'intranet', '{}' || n, 'interaxo', 'x' || n, 'r' || n % 50, 'ix-d' || n / 20, 'file'"
_WHERE = "'Plan ' || n, 'https://x.example/' || n, '/ix-r/ix-' || n || '/'"


def filled() -> Iterator[str]:
    """Statements of PostgreSQL that fill the tables, and have it know what is in them."""
    many = "FROM generate_series(1, 5000) AS n"
    place = "target, id, source, native, room, container, kind"
    yield (
        f"INSERT INTO documents ({place}, title, url, path, state, pushed_run, pushed_at, session_run, backfill,"
        " missing_why, also, held_why, held_note, kept, without_text)"
        f" SELECT {_PLACE.format('ix-')}, {_WHERE}, 'live', 1, n, 0, 0, '', '', '', '', false, '' {many}"
    )
    yield "INSERT INTO bodies (document, body, text, text_key) SELECT number, '', '', 'k' || number FROM documents"
    yield (
        f"INSERT INTO hidden ({place}, title, url, path, root, at, gone) SELECT {_PLACE.format('ix-hidden-')}, {_WHERE}, 'ix-1', n, true {many}"
    )
    yield (
        f"INSERT INTO removals ({place}, title, path, run, at, approved, why, code)"
        f" SELECT {_PLACE.format('ix-gone-')}, 'Plan ' || n, '/ix-r/', 1, n, false, 'gone', 'gone' {many}"
    )
    yield "ANALYZE"


def put_on_hold() -> Iterator[str]:
    """Statements of PostgreSQL that put a tenth of them on hold, and as many others into quarantine."""
    yield "SET synchronous_commit = on"  # else VACUUM does not see yet that all of it is there
    yield "UPDATE documents SET state = 'held', held_run = 1, held_why = 'brake' WHERE number % 10 = 0"
    yield (
        "INSERT INTO quarantine (target, id, source, native, room, title, reason, message, told, first_seen, last_seen, attempts, next_try)"
        " SELECT 'intranet', 'ix-q' || n, 'interaxo', 'q' || n, 'r7', 'Plan', 'refused', '', '{\"why\": \"' || repeat('7', 499) || '\"}', n, n, 1, n"
        " FROM generate_series(1, 5000) AS n"
    )
    yield "VACUUM ANALYZE documents, quarantine"
