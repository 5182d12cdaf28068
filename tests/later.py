"""A release after this one, as far as the ledger can tell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connector.ledger import database

NEXT_REVISION = '''"""A later release."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9998", "{head}", None, None
def upgrade():
    op.create_table("later", sa.Column("id", sa.String(), primary_key=True))
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("later", sa.String(), server_default="so"))
    {more}
'''
"""What a release after this one may bring: a table, and a column in a table that is full."""


def later_release(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "pass") -> None:
    """This release with one migration more."""
    head = sorted((database.MIGRATIONS / "versions").glob("m*.py"))[-1].name[1:5]
    shutil.copytree(database.MIGRATIONS, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "migrations" / "versions" / "m9998_later.py").write_text(
        NEXT_REVISION.format(head=head, more=more)
    )
    monkeypatch.setattr(database, "MIGRATIONS", folder / "migrations")
