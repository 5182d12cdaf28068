"""Who may see what of a library, as its roles and the settings tell. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.document.audience import NOBODY, Audience, common_of, make_audience
from connector.sources.interject.fetcher import Fetched
from connector.sources.interject.mapping import audience_of
from connector.sources.interject.model import Place, Report, Roles, folded


class LibraryAudiences:
    """Of one library, as it was read once."""

    def __init__(
        self,
        source: str,
        identities: Sequence[str],
        roles: Roles | None,
        fetched: Fetched,
        before: Mapping[str, Place],
    ) -> None:
        """
        Args:
            identities: who may see all of it where there is no roles file.
            roles: None: there is none.
            before: folders of before, folded, by native key; needed where a row is odd.
        """
        self._source = source
        self._identities = identities
        self._roles = roles
        self._fetched = fetched
        self._before = before
        self._read: dict[Place, Audience | None] = {}

    def of(self, place: Place) -> Audience | None:
        """Who may see a folded place; None: unknown."""
        if self._roles is None:
            return make_audience(self._identities)
        if self._roles.trouble:
            return None
        if place not in self._read:
            seen = self._fetched.seen_in(place, self._roles)
            self._read[place] = audience_of(self._source, seen) if seen is not None else None
        return self._read[place]

    def within(self, native: str, place: Place) -> Audience | None:
        """Who may see a folder, or a report in it; None: unknown, as of what is new where a row cannot be read that may close it."""
        return None if native in self._fetched.fresh else self.of(place)

    def of_report(self, report: Report) -> Audience | None:
        """
        Who may see a report; of an odd row, whose folder may be any, whoever saw it before, else unknown.

        Where exports have it in several folders, also the one of before where that was newer, it may have moved since one of them:
        who sees all of these, as far as anybody does.
        """
        if not report.problem or self._roles is None:
            seen, common = self._seen(report)
            return seen if common == NOBODY else common
        place = self._before.get(report.native)
        return self.of(place) if place is not None else None

    def is_outdated(self, report: Report) -> bool:
        """Whether a newer listing had a report in another folder, and nobody sees both: who sees it there is not to read where it stood before."""
        newer = self._fetched.newer.get(report.native, folded(report.place))
        return newer != folded(report.place) and self._seen(report)[1] == NOBODY

    def _seen(self, report: Report) -> tuple[Audience | None, Audience | None]:
        """Who sees the folder that was told last, and who sees all folders that are told."""
        newer = self._fetched.newer.get(report.native)
        seen = self.within(report.native, folded(report.place) if newer is None else newer)
        return seen, common_of([seen, *(self.of(place) for place in (folded(report.place), *report.also))])
