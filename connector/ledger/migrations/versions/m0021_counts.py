"""
How many documents there are is kept as they are written, by state, reason, format and whether they have text.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.ledger.engines.counts_made import COUNT_ALL, OF_POSTGRES, OF_SQLITE

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep it; a file counts what it has when somebody asks first, or in the next run."""
    op.create_table(
        "counts",
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("target", "state", "reason", "format")),
        sa.Column("text", sa.Boolean(), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    driver = op.get_bind()
    if driver.dialect.name == "postgresql":
        for statement in (*OF_POSTGRES, COUNT_ALL):
            driver.exec_driver_sql(statement)
    else:
        for statement in OF_SQLITE:
            driver.exec_driver_sql(statement)
    op.execute("DELETE FROM notes WHERE source = '' AND kind = 'totals'")
