"""
What a run found, in words: codes and their values come in, sentences go out. PURE.

Nobody decides by these sentences; who must decide reads the codes.
"""

from __future__ import annotations

from connector.brake import Braking, Cause, Tripped


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def braked(braking: Braking, *, noun: str = "document", plural: str = "", verb: str = "removed") -> str:
    """Say which limits removals pass; empty where they pass none."""
    return "; ".join(_tripped(one, noun, plural, verb) for one in braking.tripped)


def _tripped(one: Tripped, noun: str, plural: str, verb: str) -> str:
    lately = f", with {one.lately} of the last 24 hours" if one.lately else ""
    if one.cause is Cause.MAX_DELETES:
        would = counted(one.going, noun, plural)
        return f"{would} would be {verb}{lately}: more than safety.max_deletes ({one.limit:.0f})"
    of = counted(one.standing, noun, plural)
    whose = one.share.kind or one.share.source
    return (
        f"{one.going} of {of}{f' of {whose}' if whose else ''} would be {verb}{lately}: "
        f"more than safety.max_delete_ratio ({one.limit:.0%})"
    )
