"""The systems that documents are pulled from, one folder each."""
