"""
The first ledger: documents, bodies, intents, audiences, containers, rooms, notes, runs, sessions, lease, quarantine, removals.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audiences",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("identities", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "bodies",
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("text_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("document"),
    )
    op.create_table(
        "containers",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("seen_run", sa.Integer(), nullable=False),
        sa.Column("proven", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("target", "id"),
    )
    with op.batch_alter_table("containers", schema=None) as batch_op:
        batch_op.create_index("containers_room", ["target", "room"], unique=False)

    op.create_table(
        "documents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("native", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("container", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("audience", sa.LargeBinary(), nullable=True),
        sa.Column("rules", sa.LargeBinary(), nullable=True),
        sa.Column("pushed_run", sa.Integer(), nullable=False),
        sa.Column("pushed_at", sa.Float(), nullable=False),
        sa.Column("session_run", sa.Integer(), nullable=False),
        sa.Column("backfill", sa.Integer(), nullable=False),
        sa.Column("missing_run", sa.Integer(), nullable=True),
        sa.Column("missing_why", sa.String(), nullable=False),
        sa.Column("held_run", sa.Integer(), nullable=True),
        sa.Column("held_why", sa.String(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("redo_after", sa.Float(), nullable=True),
        sa.Column("lost", sa.LargeBinary(), nullable=True),
        sa.Column("without_text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("target", "id"),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("documents_container", ["target", "container"], unique=False)
        batch_op.create_index(
            "documents_held",
            ["target", "held_run"],
            unique=False,
            sqlite_where=sa.text("held_run IS NOT NULL"),
            postgresql_where=sa.text("held_run IS NOT NULL"),
        )
        batch_op.create_index(
            "documents_missing",
            ["target", "missing_run"],
            unique=False,
            sqlite_where=sa.text("missing_run IS NOT NULL"),
            postgresql_where=sa.text("missing_run IS NOT NULL"),
        )
        batch_op.create_index("documents_path", ["target", "path"], unique=False)
        batch_op.create_index(
            "documents_redo",
            ["target", "redo_after"],
            unique=False,
            sqlite_where=sa.text("redo_after IS NOT NULL"),
            postgresql_where=sa.text("redo_after IS NOT NULL"),
        )
        batch_op.create_index("documents_room", ["target", "room"], unique=False)

    op.create_table(
        "grants",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("native", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("identities", sa.String(), nullable=True),
        sa.Column("listless", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("inherited", sa.LargeBinary(), nullable=True),
        sa.Column("asked_run", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("source", "native"),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index("grants_parent", ["source", "parent"], unique=False)

    op.create_table(
        "intents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("documents", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "leases",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "narrowings",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("audience", sa.LargeBinary(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("target", "id"),
    )
    op.create_table(
        "notes",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("read_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "key"),
    )
    op.create_table(
        "people",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("sent", sa.String(), nullable=True),
        sa.Column("may", sa.String(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("session_run", sa.Integer(), nullable=False),
        sa.Column("redo_after", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("target", "id"),
    )
    op.create_table(
        "persons",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("identities", sa.String(), nullable=False),
        sa.Column("read_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("target", "source", "key"),
    )
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.create_index("persons_address", ["target", "address"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("native", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("first_seen", sa.Float(), nullable=False),
        sa.Column("last_seen", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.Float(), nullable=False),
        sa.Column("version", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("target", "id"),
    )
    op.create_table(
        "removals",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("removals", schema=None) as batch_op:
        batch_op.create_index("removals_at", ["target", "at"], unique=False)

    op.create_table(
        "rooms",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("rules", sa.LargeBinary(), nullable=True),
        sa.Column("audience", sa.String(), nullable=True),
        sa.Column("audience_at", sa.Float(), nullable=True),
        sa.Column("listed_run", sa.Integer(), nullable=False),
        sa.Column("complete_run", sa.Integer(), nullable=False),
        sa.Column("witnesses", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("target", "source", "key"),
    )
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("report", sa.String(), nullable=True),
        sa.Column("backfill", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "sessions",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lost_at", sa.Float(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "widenings",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("audience", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("seen_run", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("target", "id"),
    )
