"""
Where a removed document stood: it is asked for again where another target than the one of today lost it.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what was removed before nobody knows."""
    for name in ("native", "container", "kind", "path"):
        op.add_column("removals", sa.Column(name, sa.String(), nullable=False, server_default=""))
