"""What a comparison of the ledger with the intranet saw, in words. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from connector.document.counting import Number, counted

NO_NOTES = "The intranet keeps no notes, so only whether it has them could be asked."


def last_compared(*, asked: int, drift: Mapping[str, int], notes_are_kept: bool) -> str:
    """
    Say what was looked for, and what was not as the ledger says.

    Args:
        asked: how many documents; at least one.
        drift: by kind, those that are not as the ledger says.
    """
    if drift:
        many = sum(drift.values())
        said = (
            f"{Number(many):document is/documents are} not in the intranet as the ledger says, of {asked} that "
            f"{Number(asked):~was/were} looked for ({kinds(drift)})."
        )
    elif asked == 1:
        said = "1 document was looked for in the intranet: it is as the ledger says."
    else:
        said = f"{counted(asked, 'document')} were looked for in the intranet: all are as the ledger says."
    return said if notes_are_kept else f"{said} {NO_NOTES}"


def kinds(drift: Mapping[str, int]) -> str:
    """How many of each kind."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(drift.items()))
