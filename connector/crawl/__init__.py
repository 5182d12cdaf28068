"""Walks what a source lists and plans each item."""
