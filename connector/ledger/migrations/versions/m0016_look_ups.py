"""
Indexes by which a document is found by its source's own id and its address, and one that is hidden or gone by its title, too.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them: some seconds for a million documents."""
    there = sa.text("url != ''")
    for table in ("documents", "hidden"):
        op.create_index(f"{table}_native", table, ["target", "native"])
        op.create_index(
            f"{table}_url",
            table,
            ["url"],
            sqlite_where=there,
            postgresql_where=there,
            postgresql_using="hash",
        )
    op.create_index("removals_id", "removals", ["target", "id", "number"])
    op.create_index("removals_native", "removals", ["target", "native"])
    for table in ("removals", "hidden"):
        op.create_index(f"{table}_title", table, [sa.text("lower(title)")], postgresql_using="hash")
