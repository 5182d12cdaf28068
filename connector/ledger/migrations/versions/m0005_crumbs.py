"""
What a breadcrumb leaves out, and by which lists of containers the documents below them were made.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a new mapping makes every document anew, by the lists as they are."""
    nothing = "x''" if op.get_bind().dialect.name == "sqlite" else "'\\x'"
    op.add_column(
        "bodies", sa.Column("hidden", sa.LargeBinary(), nullable=False, server_default=sa.text(nothing))
    )
    op.add_column("grants", sa.Column("rendered", sa.String(), nullable=False, server_default=""))
    op.execute("UPDATE grants SET rendered=identities WHERE listless=false AND identities IS NOT NULL")
