"""What a run needs of the world, as small Protocols."""
