"""The text of files: bytes in, searchable plain text or a reason out, by worker processes that may die."""
