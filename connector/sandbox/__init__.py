"""The connector's neighbours as small, real HTTP servers; imports nothing from the rest of the package."""
