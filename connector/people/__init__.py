"""People's records: who is asked for, what is pushed of them, and why somebody finds a document."""
