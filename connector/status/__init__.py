"""What is told of a connector: the status page, health and metrics of a service, and what commands tell alike."""
