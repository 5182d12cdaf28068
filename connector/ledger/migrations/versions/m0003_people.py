"""
People under the rules of documents: what is held, what was removed, when each was asked for, and sessions of their own.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables."""
    with op.batch_alter_table("persons") as persons:
        persons.add_column(sa.Column("told_at", sa.Float(), nullable=True))
        persons.add_column(sa.Column("asked_at", sa.Float(), nullable=True))
        persons.add_column(sa.Column("asked_run", sa.Integer(), nullable=False, server_default="0"))
        persons.create_index("persons_asked", ["target", "source", "asked_at"], unique=False)
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("held_run", sa.Integer(), nullable=True))
        people.add_column(sa.Column("held_why", sa.String(), nullable=False, server_default=""))
        people.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
        people.add_column(sa.Column("refused", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "people_removals",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("people_removals") as removals:
        removals.create_index("people_removals_at", ["target", "at"], unique=False)
    op.create_table(
        "people_sessions",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lost_at", sa.Float(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    if op.get_bind().dialect.name != "sqlite":
        return  # no earlier release wrote a ledger anywhere else
    # where an earlier release noted a begin or an end that is not known to have been answered
    op.execute(
        "INSERT INTO people_sessions (run, target, state, lost_at, at)"
        " SELECT read_run, key, 'ending', CAST(CAST(value AS TEXT) AS REAL), CAST(CAST(value AS TEXT) AS REAL) FROM notes"
        " WHERE source='' AND kind='people-session' AND CAST(CAST(value AS TEXT) AS REAL)>0 GROUP BY read_run"
    )
    op.execute("DELETE FROM notes WHERE source='' AND kind='people-session'")
