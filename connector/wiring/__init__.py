"""Settings in; an opened ledger, sources and targets out."""
