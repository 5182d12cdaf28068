"""
A seat that nobody needs any more tells who makes its calls.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the seat that they were given to, and its fence."""
    for name in ("given_to", "given_fence"):
        op.add_column("seats", sa.Column(name, sa.Integer(), nullable=True))
