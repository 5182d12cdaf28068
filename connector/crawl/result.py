"""
What the walk of one scope found. Nothing about removals, people, wider audiences, begin or end is decided by it.

A scope may be walked anywhere: its result is a value, and the run folds it.
"""

from __future__ import annotations

import msgspec

from connector.plan.report import Problem
from connector.plan.tally import Tally


class ScopeResult(msgspec.Struct, kw_only=True):
    """What became of one scope."""

    key: str
    name: str
    complete: bool = False
    """Every container of it was listed to its end."""
    items: int = 0
    """Seen in its listings."""
    problems: list[Problem] = msgspec.field(default_factory=list)
    """What kept it from being listed to its end."""
    is_cut_off: bool = False
    """Some of that is the connection from here: who walks it over another one may come to its end."""
    tally: Tally = msgspec.field(default_factory=Tally)
    """What was counted and found of its items."""
