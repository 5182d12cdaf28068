"""
PostgreSQL counts what a statement wrote without joining it: a third of what writing it took.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from alembic import op

from connector.ledger.engines.counts_made import FUNCTIONS

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the functions of its triggers."""
    driver = op.get_bind()
    if driver.dialect.name == "postgresql":
        for statement in FUNCTIONS:
            driver.exec_driver_sql(statement)
