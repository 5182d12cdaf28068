"""One document on its way to the target, and what is to be remembered of it. PURE."""

from __future__ import annotations

import msgspec

from connector.document.document import Known, Listed, Met, Rendered, met_in
from connector.plan.findings import Why
from connector.ports.target import Stamp


class Parcel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One document to push, and what is to be remembered of it. Implements `connector.ledger.rows.Pushed`."""

    source: str
    listed: Listed
    rendered: Rendered
    room: str
    container: str
    rules: bytes
    stamp: Stamp
    known: Known | None
    why: Why
    present: bool = True
    """It was listed where it stands."""
    counts: bool = True
    """Whether it is told of: what only carries a note to the intranet is not."""
    again: bool = False
    """It was counted already in this run, and goes out a second time, to more people."""

    @property
    def altered(self) -> bool:
        """
        Whether the ledger may have it elsewhere, otherwise, or nowhere.

        Title, address and path are a part of what is pushed, and its kind of its version.
        """
        known = self.known
        return (
            known is None
            or known.state in {"new", "removed"}
            or known.container != self.container
            or known.fingerprint != self.rendered.fingerprint
            or known.version != self.listed.version
        )

    @property
    def met_in(self) -> Met | None:
        """Where it was met; None: nobody had accepted it anywhere then."""
        return None if self.known is None else met_in(self.container, self.room, self.known)

    @property
    def reshown(self) -> bool:
        """Whether the ledger may have it with another audience: what was listed is compared as it was listed."""
        if not self.present:
            return True
        known = self.known
        return (
            known is not None
            and known.audience is not None
            and known.audience != self.rendered.audience.digest()
        )
