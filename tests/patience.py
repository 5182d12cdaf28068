"""How long tests wait for what must happen."""

from __future__ import annotations

IN_VAIN_S = 60
"""Then it will not: a test fails rather than hang. No test takes so long, however busy its machine is."""
