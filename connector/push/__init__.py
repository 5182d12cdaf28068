"""Documents on their way to the target: intent, push, confirmation."""
