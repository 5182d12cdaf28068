"""The long-running service: clock, lanes, signals, logs."""
