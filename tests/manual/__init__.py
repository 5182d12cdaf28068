"""The manual: made from the code where the code knows, and tried where it tells commands."""
