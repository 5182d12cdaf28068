"""
What more people may see says in which version.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the version that was listed."""
    op.add_column("widenings", sa.Column("version", sa.LargeBinary(), nullable=True))
