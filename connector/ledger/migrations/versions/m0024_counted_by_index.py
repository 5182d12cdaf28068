"""
What waits and what is in quarantine is counted, and in a file searched for words, by indexes that have all that is asked for.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them anew."""
    there = sa.text("held_run IS NOT NULL")
    op.drop_index("documents_held", "documents")
    op.create_index(
        "documents_held",
        "documents",
        ["target", "held_run", "held_why", "state", "kept"],
        sqlite_where=there,
        postgresql_where=there,
    )
    op.drop_index("documents_waiting", "documents")
    op.create_index(
        "documents_waiting",
        "documents",
        ["target", "source", "room", "path", "id", "state", "kept"],
        sqlite_where=sa.text("state = 'held' AND kept = 0"),
        postgresql_where=sa.text("state = 'held' AND NOT kept"),
    )
    op.create_index("quarantine_reason", "quarantine", ["target", "reason", "first_seen", "id"])
    if op.get_bind().dialect.name == "sqlite":
        there = sa.text("state != 'live'")
        columns = ["target", "state", "number", "title"]
        op.drop_index("documents_state", "documents")
        op.create_index("documents_called", "documents", columns, sqlite_where=there)
