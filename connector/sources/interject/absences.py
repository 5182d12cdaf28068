"""
What is gone from the library: what two successive complete exports lack. PURE.

A second export is a file with a later time; the same file read twice is one. Each export speaks for what it held itself:
where a report was listed in one of several files, only another one of that very series says again that it is gone. Beside a row
that cannot be read none speaks: that row may be what seems to be missing, whatever its id.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Set

import msgspec

from connector.document.durations import DAY_S

ANY = "*"
"""In place of a series that is no longer there: any later export counts."""
KEPT_S = 400 * DAY_S
"""For how long an absence is remembered that nobody asks for."""


class Absence(msgspec.Struct, frozen=True, array_like=True):
    """Something that a complete listing lacked."""

    folder: str
    """Where it stood, as `place_text` writes it."""
    at: dict[str, float]
    """By series, the time of the first export that lacked it; none: it counts from the next one on."""


class Absences:
    """What complete listings lacked, by native key."""

    def __init__(self, noted: Mapping[str, Absence] | None = None) -> None:
        self.noted: dict[str, Absence] = dict(noted or {})
        self._times: dict[str, float] = {}
        self._whole = False

    def listed(
        self,
        now_there: Container[str],
        *,
        before: Mapping[str, Mapping[str, str]],
        after: Mapping[str, Set[str]],
        times: Mapping[str, float],
        odd: bool,
    ) -> None:
        """
        A complete listing was read.

        Args:
            now_there: everything that is listed in any export.
            before: by series, what it held when it was last read, and whatever it lacked since then beside odd rows.
            after: by series, what it holds of that.
            times: by series, the time of its file.
            odd: whether some row may be another one than it seems: what is lacked may stand there.
        """
        self._times, self._whole = dict(times), not odd
        for key in [key for key in self.noted if key in now_there]:
            del self.noted[key]
        newest = max(times.values(), default=0.0)
        for series, held in before.items() if not odd else ():
            for key in held.keys() - after.get(series, frozenset()):
                if key not in now_there:
                    absence = self.noted.setdefault(key, Absence(held[key], {}))
                    absence.at.setdefault(series if series in times else ANY, times.get(series, newest))
        for key in [
            key for key, one in self.noted.items() if newest - max(one.at.values(), default=newest) > KEPT_S
        ]:
            del self.noted[key]

    def count_anew(self) -> None:
        """What earlier listings lacked counts as lacked by the next whole one first: it may have been listed since."""
        self.noted = {key: Absence(one.folder, {}) for key, one in self.noted.items()}

    def is_gone(self, key: str) -> bool:
        """
        Whether two successive complete exports lack something.

        What nobody knew to be listed (the ledger was made anew, or put back) counts as lacked from now on, by every export.
        """
        if not self._whole:
            return False
        absence = self.noted.get(key)
        if absence is None or not absence.at:
            self.noted[key] = Absence(absence.folder if absence else "", dict(self._times))
            return False
        newest = max(self._times.values(), default=0.0)
        return all(self._times.get(series, newest) > at for series, at in absence.at.items())


def packed(noted: Mapping[str, Absence]) -> bytes:
    """As it is kept."""
    return msgspec.json.encode(noted)


def unpacked(data: bytes) -> dict[str, Absence]:
    """As it was kept."""
    return msgspec.json.decode(data, type=dict[str, Absence])
