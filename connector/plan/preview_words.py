"""What a preview says of what it found: nothing follows it, so no next run mends anything. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from connector.document.printable import quoted
from connector.plan import words
from connector.plan.findings import Code, Finding

_WITHOUT_A_NEXT_RUN = {
    Code.STOPPED: "The load was stopped before its end: this is what came so far.",
    Code.SOURCE_INCOMPLETE: "{source} was not read to the end{because}. What is missing is not in this preview.",
    Code.UNREADABLE_IN_PART: "{called} could not be read completely{because}.",
    Code.UNREADABLE: "{called} could not be read{because}, so it is not in this preview.",
    Code.GONE_WHEN_READ: "{called} is listed, but its source says that it is gone when it is read, so it is not in this preview.",
}


def say_all(findings: Sequence[Finding], *, run_id: str) -> list[str]:
    """Say why a preview shows less than there is, each sentence once, as a run would."""
    own = [_say(one) for one in findings if one.code in _WITHOUT_A_NEXT_RUN]
    others = words.say_all([one for one in findings if one.code not in _WITHOUT_A_NEXT_RUN], run_id=run_id)
    return list(dict.fromkeys([*own, *others]))


def _say(finding: Finding) -> str:
    values = finding.values
    why = "; ".join(str(one).rstrip(" .") for one in values.get("errors") or [values.get("why") or ""])
    return _WITHOUT_A_NEXT_RUN[finding.code].format(
        source=values.get("source", ""),
        called=quoted(values.get("title") or values.get("id", "")),
        because=f": {why}" if why else "",
    )
