"""The rest of a run in words: the same at the terminal, on the page and in the log. PURE."""

from __future__ import annotations

from connector.document.counting import Number
from connector.document.durations import MINUTE_S
from connector.plan.remaining_time import Rest, Unknown

LONGEST_IN_MINUTES = 100

_WHY = {
    Unknown.EARLY: "rest not known yet",
    Unknown.ROOMS: "rest not known: {unread} of {rooms:room} not opened",
    Unknown.FOLDERS: "rest not known: most folders not read",
    Unknown.LENGTH: "rest not known: a source does not tell",
    Unknown.CLOSING: "all listed, closing",
}


def minutes_left(rest: Rest) -> int | None:
    """Minutes that are left; None: nobody knows."""
    return None if rest.seconds is None else round(rest.seconds / MINUTE_S)


def rest_words(rest: Rest) -> str:
    """How much is left, or why nobody knows."""
    left = minutes_left(rest)
    if left is None:
        return _WHY[rest.why or Unknown.EARLY].format(unread=rest.unread, rooms=Number(rest.rooms))
    if not left:
        return "under a minute left"
    return f"{left} min left" if left < LONGEST_IN_MINUTES else f"{round(left / 60)} h left"
