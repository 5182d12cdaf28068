"""
When a room was listed last: every run wrote it, and nobody read it.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the column away."""
    op.drop_column("rooms", "listed_run")
