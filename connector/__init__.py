"""Brings documents from where work happens into the search of an intranet."""
