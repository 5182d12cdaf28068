"""Brings documents from where work happens (Interaxo, ITR, Interject) into the search of an Interact intranet."""
