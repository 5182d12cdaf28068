"""How work is done side by side."""
