"""Who may find a document: fewer people first, more people last."""
