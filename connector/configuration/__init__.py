"""Where settings are read, and what is wrong with them, in words."""
