"""One way to call a neighbour."""
