"""What the target has confirmed, what is intended and ordered, runs, people, quarantine: in a file (SQLite) or a database (PostgreSQL)."""
