"""One run, first step to last."""
