"""The databases that a ledger may stand in: what speaks to each, its statements and tables as text beside it, and how it looks up titles and keeps counts."""
