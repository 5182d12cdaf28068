"""
Why a document was removed, as a code beside the words: what a person hid is told from what its source lacks.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was removed before only the words are known."""
    op.add_column("removals", sa.Column("code", sa.String(), nullable=False, server_default=""))
