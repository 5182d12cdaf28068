"""Reads the report library of Interject from the files that it exports."""
