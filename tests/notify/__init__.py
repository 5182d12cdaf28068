"""Tests of telling somebody."""
