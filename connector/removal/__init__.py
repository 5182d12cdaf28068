"""Suspects, proof, holds, and deletion by id."""
