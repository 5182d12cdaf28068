"""
What the last listing of a container told, so that a delta recognises the same pages and leaves their rows alone.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nothing is recognised until it was listed once more."""
    op.add_column("containers", sa.Column("told", sa.LargeBinary(), nullable=True))
    for name in ("told_count", "told_from", "told_to"):
        op.add_column(
            "containers", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
