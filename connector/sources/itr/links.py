"""Addresses of ITR's web client, where a click opens a record. PURE. Source: docs/itr.md, links (read in its code)."""

from __future__ import annotations

from urllib.parse import quote

from connector.sources.itr.wire import Battery, GeneratedReport, Person, ReportDefinition, Row, Session, Test

TYPED_SESSIONS = frozenset({3, 1001, 1003})
GROUP_SESSIONS = frozenset({100, 1000})
PUBLIC_SESSIONS = frozenset({200, 1200})
COURSE_TYPE = 1000


def link_to(web_url: str, row: Row, session: Session | None = None) -> str:
    """
    Make the address of a record; the start page for what has no screen (groups, organisations).

    Args:
        session: the session of a generated report, which has no screen of its own.
    """
    if isinstance(row, GeneratedReport) and session is not None:
        row = session
    route = _route(row)
    start = f"{web_url.rstrip('/')}/default.htm"
    if not route:
        return start
    return f"{start}?" + "&".join(f"{name}={quote(str(value), safe=',')}" for name, value in route)


def _route(row: Row) -> list[tuple[str, str | int]]:
    match row:
        case Session(session_type=kind) if kind in GROUP_SESSIONS:
            return [("Path", "GroupSession"), ("SessionID", row.key), ("SessionType", kind)]
        case Session(session_type=kind) if kind in PUBLIC_SESSIONS:
            return [("Path", "PublicSession"), ("SessionID", row.key), ("SessionType", kind)]
        case Session(session_type=kind) if kind in TYPED_SESSIONS:
            return [("Path", "Session"), ("SessionType", kind), ("SessionID", row.key)]
        case Session():
            return [("Path", "Session"), ("SessionID", row.key)]
        case GeneratedReport():
            return [("Path", "Session"), ("SessionID", str(row.linked_object_id))]
        case Person():
            return [("Path", "Person"), ("PersonID", row.key)]
        case Test():
            return [("Path", "Catalog"), ("TestType", row.test_type), ("TestID", row.key)]
        case Battery():
            kind = row.battery_type or 10
            tests = COURSE_TYPE if kind == COURSE_TYPE else 0
            return [
                ("Path", "BatteryEditor"),
                ("BatteryID", row.key),
                ("BatteryType", kind),
                ("TestType", tests),
            ]
        case ReportDefinition():
            return [
                ("Path", "ReportTemplateEditor"),
                ("ReportType", row.report_type),
                ("TestID", str(row.test_id)),
                ("ReportID", row.key),
            ]
    return []
