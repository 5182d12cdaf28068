"""How often a call is made again, and after which pause. PURE: the clock and the chance come as arguments."""

from __future__ import annotations

import re

from connector.document.durations import DAY_S
from connector.errors import Transient
from connector.http.exchange import read_date

LONGEST_ASKED_S = DAY_S
"""A neighbour that asks for a longer pause than a day is not believed."""
REFUSED_FOR_S = 600.0
"""How long one call is made again while the neighbour says that there are too many calls."""
FIRST_PAUSE_S = 0.1
FIRST_PAUSE_REFUSED_S = 0.5


class Tries:
    """
    The tries of one call.

    "Too many calls" (429) is no failed try: the caller slows down, and the call is given up after `REFUSED_FOR_S`.
    With a single attempt nothing is repeated, for whatever reason.
    """

    def __init__(self, attempts: int, backoff_max_s: float, *, least_pause_s: float = 0.0) -> None:
        self._attempts = attempts
        self._backoff_max_s = backoff_max_s
        self._least_pause_s = least_pause_s
        self.failed = 0
        self._refused = 0
        self._refused_since = 0.0

    def pause_after(
        self, error: Transient, *, now: float, chance: float, refused_since: float | None = None
    ) -> float | None:
        """
        Decide what follows a failed try: a pause in seconds, or None when the call is given up.

        Args:
            now: of a clock that only goes forward.
            chance: 0 to 1, so that many callers do not come back in the same moment.
            refused_since: since when every call to this neighbour is turned away.
        """
        if error.throttled and not error.lasting and self._attempts > 1:
            if not self._refused:
                self._refused_since = now
            if refused_since is not None:
                self._refused_since = min(self._refused_since, refused_since)
            self._refused += 1
            pause = error.retry_after_s or self._own(FIRST_PAUSE_REFUSED_S, self._refused, chance)
            return pause if now + pause <= self._refused_since + REFUSED_FOR_S else None
        self.failed += 1
        if error.lasting or self.failed >= self._attempts:
            return None
        if error.retry_after_s is not None:
            return max(min(error.retry_after_s, self._backoff_max_s), self._least_pause_s)
        return self._own(FIRST_PAUSE_S, self.failed, chance)

    def _own(self, first_s: float, number: int, chance: float) -> float:
        """A pause that doubles from try to try."""
        first_s = max(first_s, self._least_pause_s)
        grown = first_s * 2.0 ** min(number - 1, 20) + chance * min(1.0, 10 * first_s)
        return min(grown, self._backoff_max_s)


def retry_after(value: str | None, *, now: float) -> float | None:
    """
    Read Retry-After: seconds, or a date; None where it is neither, or more than a day away.

    Source: RFC 9110, 10.2.3. A date that is past is no pause.

    Args:
        now: by the clock of the neighbour, in seconds since 1970: it may go hours before or after ours.
    """
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        seconds = float(value)
        return seconds if seconds <= LONGEST_ASKED_S else None
    at = read_date(value)
    return at - now if at is not None and 0 < at - now <= LONGEST_ASKED_S else None


def nth(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
