"""The session with the intranet: its gate, its notes, who wrote last."""
