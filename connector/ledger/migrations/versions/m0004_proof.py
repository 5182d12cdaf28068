"""
What proof needs: when something was noted as missing, lacked by a listing that can be relied on, and found gone; rooms
that are not listed any more.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a room that is gone with all its documents is decided about, as it was."""
    for name in ("noted_run", "lacked_run", "gone_run"):
        op.add_column("documents", sa.Column(name, sa.Integer(), nullable=True))
    for name in ("also", "held_note"):
        op.add_column("documents", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column(
        "containers", sa.Column("unsteady", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("rooms", sa.Column("unlisted_at", sa.Float(), nullable=True))
    op.add_column("rooms", sa.Column("decided", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE rooms SET decided=true WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.target=rooms.target"
        " AND d.source=rooms.source AND d.room=rooms.key AND d.state!='removed' AND NOT d.kept)"
    )
