"""A small source that passes the suite: a folder of Markdown files. `connector source new NAME` writes a copy of it."""
