"""How work is done side by side, and who does what is due: this process, or one of several services."""
