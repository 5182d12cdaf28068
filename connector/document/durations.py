"""How many seconds a minute, an hour and a day have: whole numbers, so that what is counted in them prints as whole. PURE."""

from __future__ import annotations

from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S
