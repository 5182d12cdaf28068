"""
Alembic's entry: runs the migrations on the connection that `connector.ledger.database` hands over.

Without the tables as the code describes them: a migration says itself what it makes, and loading SQLModel would
take longer than all migrations of a new ledger.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
