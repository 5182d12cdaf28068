"""What is told of a connector, as plain values and alike: to commands, pages, probes and Prometheus."""
