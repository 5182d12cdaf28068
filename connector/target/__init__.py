"""Interact: the intranet whose search the documents are pushed to."""
