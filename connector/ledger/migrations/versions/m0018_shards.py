"""
Rooms of one run that several services do together: who walks which, what was found, and what is being pushed.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "seats",
        *(_text("target"), _number("run"), _text("source"), _number("number")),
        *(_number("fence"), _number("lease")),
        *(_text("member"), _text("host"), _text("state")),
        sa.Column("stop", sa.Boolean(), nullable=False),
        *(_text("terms"), _text("told")),
        sa.PrimaryKeyConstraint("target", "run", "source", "number"),
    )
    op.create_table(
        "shards",
        *(_text("target"), _number("run"), _text("source"), _text("room"), _number("place")),
        *(_text("sight"), _text("state")),
        sa.Column("seat", sa.Integer(), nullable=True),
        *(_number("taken"), _text("result")),
        sa.PrimaryKeyConstraint("target", "run", "source", "room"),
    )
    op.create_table(
        "under_way",
        *(_text("target"), _text("id"), _number("intent"), _number("run"), _text("source"), _number("seat")),
        sa.PrimaryKeyConstraint("target", "id"),
    )
    op.create_table(
        "met",
        *(_text("target"), _number("run"), _text("source"), _text("key")),
        sa.PrimaryKeyConstraint("target", "run", "source", "key"),
    )
