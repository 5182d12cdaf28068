"""
Indexes by which lists and searches of documents look at what they show and at nothing else; one of the titles.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from connector.ledger.engines.titles_made import OF_POSTGRES, OF_SQLITE

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; in a file titles are indexed by whoever searches first, or by the next run."""
    op.drop_index("documents_room", "documents")
    op.create_index("documents_room", "documents", ["target", "room", "number"])
    op.create_index("documents_newest", "documents", ["target", "number"])
    op.create_index("documents_kind", "documents", ["target", "source", "kind", "number"])
    for name, condition, columns in (
        ("documents_state", "state != 'live'", ["state", "number"]),
        ("documents_without_text", "without_text != ''", ["without_text", "path", "id"]),
    ):
        there = sa.text(condition)
        op.create_index(name, "documents", ["target", *columns], sqlite_where=there, postgresql_where=there)
    op.drop_index("hidden_path", "hidden")
    op.create_index("hidden_path", "hidden", ["target", "path", "id"])
    op.create_index("removals_newest", "removals", ["target", "number"])
    op.create_index("removals_run", "removals", ["target", "run", "path", "number"])
    driver = op.get_bind()
    if driver.dialect.name == "postgresql":
        for statement in OF_POSTGRES:
            driver.exec_driver_sql(statement)
        op.create_index(
            "documents_titles", "documents", [sa.text("pieces(folded(title))")], postgresql_using="gin"
        )
    else:
        for statement in OF_SQLITE:
            driver.exec_driver_sql(statement)
