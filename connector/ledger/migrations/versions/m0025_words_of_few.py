"""
What is in quarantine or hidden is searched for words, in a file, by indexes that have what they are looked for in.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them: PostgreSQL cannot have titles of any length in an index of this kind."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("quarantine_called", "quarantine", ["target", "id", "title", "native"])
        op.drop_index("hidden_path", "hidden")
        op.create_index("hidden_called", "hidden", ["target", "path", "id", "title", "native"])
