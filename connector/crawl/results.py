"""
What the walk of each scope found so far, and as what each was seen.

Nothing about removals, people, wider audiences, begin or end is decided by it. A scope may be walked anywhere: its result is a value,
and the run folds it.
"""

from __future__ import annotations

import msgspec
import structlog

from connector.access.comparing import Sight
from connector.document.document import Scope
from connector.errors import Transient
from connector.plan.options import Watch
from connector.plan.report import Problem, problem
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


class Results:
    """The scopes of one source that are walked, or were."""

    def __init__(self, source: str, watch: Watch) -> None:
        self.sights: dict[str, Sight] = {}
        self.found: dict[str, ScopeResult] = {}
        """Both by the key of the scope."""
        self._source = source
        self._watch = watch
        self._log = structlog.get_logger()

    def meet(self, sight: Sight, result: ScopeResult | None) -> None:
        """Know a scope; its result where its walk ended elsewhere."""
        scope = sight.scope
        self.sights[scope.key] = sight
        self.found[scope.key] = result or ScopeResult(key=scope.key, name=scope.name)

    def scope(self, key: str) -> Scope:
        """A scope, which may not be walked at all."""
        return self.sights[key].scope if key in self.sights else Scope(key=key, name=key)

    def count(self, scope: Scope, rows: int) -> None:
        """Rows were listed."""
        self.found[scope.key].items += rows
        self._watch.seen(rows)

    def fail(self, scope: Scope, error: Exception) -> None:
        """A scope cannot be listed to its end."""
        found, told = self.found[scope.key], problem(error, scope.name)
        found.is_cut_off |= isinstance(error, Transient) and error.cut_off
        problems = found.problems
        if problems[-1:] != [told]:  # a scope that is left alone says so of each of its containers
            problems.append(told)
        self._log.warning("scope.incomplete", source=self._source, scope=scope.key, error=str(error))

    def close(self, scope: Scope, *, to_the_end: bool) -> ScopeResult:
        """A container of a scope is done; it was listed to its end when that was the last one, and nothing kept it."""
        result = self.found[scope.key]
        result.complete = to_the_end and not result.problems
        return result
