"""
Indexes by which the list of what waits, and how fresh search is, look at nothing else.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_index(
        "documents_waiting",
        "documents",
        ["target", "source", "room", "path", "id", "held_run", "held_why"],
        sqlite_where=sa.text("state = 'held' AND kept = 0"),
        postgresql_where=sa.text("state = 'held' AND NOT kept"),
    )
    by_deltas = sa.text("session_run = 0 AND backfill = 0")
    op.create_index(
        "documents_by_deltas",
        "documents",
        ["target", "pushed_run", "pushed_at"],
        sqlite_where=by_deltas,
        postgresql_where=by_deltas,
    )
