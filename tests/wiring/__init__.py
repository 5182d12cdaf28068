"""Tests of what the wiring makes of the settings."""
