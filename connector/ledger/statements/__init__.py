"""
What is said to the database: expressions over the tables, one module for each part of the ledger.

Nothing of this is loaded by a run. Each dialect's text is made of it once, by `tools/statements`, and kept beside the
engine that speaks it (docs/adr/0010-one-schema.md); a test holds the two together.
"""
