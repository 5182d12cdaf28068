"""What the service shows of itself: health, metrics, progress to its supervisor, and the status page."""
