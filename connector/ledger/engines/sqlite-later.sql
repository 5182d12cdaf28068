-- Indexes of a ledger whose first run is over: made of connector/ledger/tables.py by tools/statements, not by hand.

CREATE INDEX IF NOT EXISTS documents_native ON documents (target, native)

CREATE INDEX IF NOT EXISTS documents_newest ON documents (target, number)

CREATE INDEX IF NOT EXISTS documents_url ON documents (url) WHERE url != ''
