"""What was typed at the command line, found: a run by its id, a moment by its date."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from connector.document.dates import in_utc
from connector.errors import SettingsError
from connector.ledger.runs import Run, Runs

LEAST = 6
"""Letters of an id that is cut short; the first ones tell the day of the run, and are alike for many."""


def named_run(runs: Runs, run_id: str, *, option: str) -> Run:
    """
    Find a run by its id, or by the letters that only its own begins with.

    Args:
        option: that names it.

    Raises:
        SettingsError: there is none, or there are several.
    """
    run = runs.get(run_id)
    if run is None and len(run_id.strip()) >= LEAST:
        found = runs.begin_with(run_id)
        if len(found) > 1:
            raise SettingsError(
                option,
                f"several runs begin with {run_id}, such as {' and '.join(found)}. Give more of its letters",
            )
        run = runs.get(found[0]) if found else None
    if run is None:
        raise SettingsError(option, f"there is no run {run_id}. List the runs: connector runs")
    return run


def read_date(words: str, zone: str, *, option: str) -> float:
    """
    Read a day, which begins at midnight, or a moment, in seconds since 1970; one that no calendar has is the nearest that there is.

    Args:
        zone: in which it counts where it names no other.
        option: that names it.

    Raises:
        SettingsError: it is neither.
    """
    try:
        read = datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise SettingsError(option, f"{words!r} is not a date; expected one such as 2026-12-24") from error
    return in_utc(read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(zone))).timestamp()
