"""Secrets out, before anything is encoded or stored."""
