"""A suite that every source passes: it plays the rules of docs/safety.md against a world that the source's author builds."""
