"""Interaxo: rooms of construction and infrastructure projects."""
