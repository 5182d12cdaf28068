"""
Titles are folded faster on PostgreSQL; the letters are the same, so their index stays as it is.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from alembic import op

from connector.ledger.engines.titles_made import OF_POSTGRES

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the function."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(OF_POSTGRES[0])
