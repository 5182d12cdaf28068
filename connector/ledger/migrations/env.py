"""Alembic's entry: runs the migrations on the connection that `connector.ledger.database` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from connector.ledger import tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
assert tables.DocumentRow.__tablename__ == "documents"
with context.begin_transaction():
    context.run_migrations()
