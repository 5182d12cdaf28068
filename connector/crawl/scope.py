"""
One scope as a call: its walk, and what it found. Where it is walked, and beside which others, is nobody's business.
"""

from __future__ import annotations

from connector.access.narrowing import Sight
from connector.crawl.items import Making
from connector.crawl.result import ScopeResult
from connector.crawl.walk import Walk
from connector.plan.context import Books, Run
from connector.ports.source import Source


async def crawl_scope(
    run: Run, sight: Sight, source: Source, books: Books, making: Making, *, session: int = 0
) -> ScopeResult:
    """
    Walk one scope of a source to its end.

    What must be pushed is in the outbox then, not yet answered. Nothing is decided here about removals, people, wider
    audiences, or a session.

    Args:
        session: the run's number while its session is open.
    """
    (result,) = await Walk(run, source, books, making, session=session).go([sight])
    return result
