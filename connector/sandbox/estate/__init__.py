"""
The sample estate of the demo: one module for each room, and the files that stand in them.

`manuscripts.toml` has the words of the files, tools/make_estate.py makes `files/` of it.
"""
