"""
What deltas sent stands in a column of its own: a full run leaves that alone, and with it every index of a document.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it, and make the index over it."""
    op.add_column("documents", sa.Column("delta_run", sa.Integer(), nullable=True))
    documents = sa.table("documents", *map(sa.column, ("delta_run", "pushed_run", "session_run", "backfill")))
    column = documents.c
    op.execute(
        sa.update(documents)
        .where(column.session_run == 0, column.backfill == 0, column.pushed_run > 0)
        .values(delta_run=column.pushed_run)
    )
    op.drop_index("documents_by_deltas", "documents")
    there = sa.text("delta_run IS NOT NULL")
    op.create_index(
        "documents_by_deltas",
        "documents",
        ["target", "delta_run"],
        sqlite_where=there,
        postgresql_where=there,
    )
    driver = op.get_bind()
    if driver.dialect.name == "postgresql":
        driver.exec_driver_sql("ALTER TABLE documents SET (fillfactor=50)")
