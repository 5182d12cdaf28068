"""What everybody says: documents, audiences, names, templates. PURE."""
