"""
What a run asks of the next one, as a field: it was looked for in the words of its report.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, with what the reports of earlier releases say."""
    op.add_column("runs", sa.Column("next_mode", sa.String(), nullable=False, server_default=""))
    if op.get_bind().dialect.name != "sqlite":
        return  # no earlier release wrote a ledger anywhere else
    op.execute(
        "UPDATE runs SET next_mode='full' WHERE EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(runs.report) THEN runs.report END, '$.reasons')"
        " WHERE value LIKE 'unexpected_removals:%')"
    )
