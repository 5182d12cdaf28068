"""
The room of each removal: the brake weighs those of the last 24 hours by kind of record, which is a room of ITR.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was removed before counts for its source alone."""
    op.add_column("removals", sa.Column("room", sa.String(), nullable=False, server_default=""))
