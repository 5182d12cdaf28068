"""The local delta-state store: what the target has confirmed, what is intended, runs, quarantine (SQLite)."""
