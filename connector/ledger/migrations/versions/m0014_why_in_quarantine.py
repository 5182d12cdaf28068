"""
Why a document is in quarantine, as the values of its reason: their words are made where they are shown.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was written before keeps its sentence."""
    op.add_column("quarantine", sa.Column("told", sa.String(), nullable=False, server_default=""))
