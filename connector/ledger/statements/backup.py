"""What a copy of a ledger holds; asked also of a copy that an earlier release wrote."""

from __future__ import annotations

from sqlalchemy import func, select

from connector.ledger.statements.expressions import TABLES

_documents, _people, _runs = TABLES["documents"].c, TABLES["people"].c, TABLES["runs"].c

documents = select(_documents.target, _documents.state, func.count()).group_by(
    _documents.target, _documents.state
)
people = select(_people.target, func.count()).group_by(_people.target)
runs = (
    select(_runs.target, func.max(_runs.number), func.max(_runs.finished_at))
    .where(~_runs.dry_run)
    .group_by(_runs.target)
)
