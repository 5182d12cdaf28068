"""Measures the connector against a bare loop over the same requests: `python -m bench`."""
