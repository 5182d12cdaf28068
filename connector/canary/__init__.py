"""Proof that search finds what is sent, and only for whom it is meant: a document of our own, looked for by two test people."""
