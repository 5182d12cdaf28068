"""What somebody names at the command line, found."""

from __future__ import annotations

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
