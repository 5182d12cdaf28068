"""
Every error that is raised on purpose. The branch says whose fault it is, the second base what the caller does.

    ConnectorError
    ├── SettingsError              stop at once, exit 2; names the key
    ├── LeaseHeld                  another run is at work: exit 75
    ├── LeaseLost                  somebody else took over: stop before the next effect
    ├── DecisionRefused            what a person decided names nothing that can be decided about
    ├── LedgerError                the ledger cannot be used as it is; names the next step
    │   ├── LedgerAway             its database does not answer now
    │   │   ├── LedgerLocked       somebody has what is needed of it for too long
    │   │   ├── LedgerTangled      two were in each other's way
    │   │   ├── LedgerRefuses      it answers, and does not do what it is asked
    │   │   └── SharedCacheAway    texts stand in the same database: a CacheError, too
    │   ├── LedgerDamaged          it cannot be read, or not all of it
    │   └── LedgerNewer            by this release: one that is newer can
    ├── NoSuchPage                 of a list that is looked at; names what is wrong with it
    ├── CacheError                 the text cache cannot be used as it is; names the next step
    ├── Transient                  retry the safe call, then leave it to the next run
    │   ├── SourceUnavailable
    │   └── TargetUnavailable
    │       └── RemovalsRefused    some removals; all the others are done
    ├── SourceRefused              stop this source; a person must act
    ├── TargetRefused              stop the run; a person must act
    ├── ListingIncomplete          push what was seen, delete nothing of that room
    ├── RecordGone                 the source says 404 or 410 for one record
    ├── RecordHidden               the source says 403 for one record: no proof of anything
    └── Skippable                  quarantine this one, go on with the others
        └── RecordInvalid

A `RuntimeError` or `AssertionError` is a bug of ours and is caught once, at the verb or the tick. `Stopped` is no error: it ends work that
was asked to stop, through whatever takes errors for trouble of a neighbour, as a cancellation would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.secrets.hiding import hide_in_ours


class Stopped(BaseException):
    """The work was asked to stop; what is confirmed stays confirmed. Like a cancellation, it is caught only by whoever began the work."""


class ConnectorError(Exception):
    """
    An error with words for the administrator: what happened, where, and what to do next.

    Most reasons begin as such words, so secrets are taken out of them here already.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(hide_in_ours(message))


class SettingsError(ConnectorError):
    """A setting is unknown, missing or wrong; nothing was sent anywhere."""

    def __init__(
        self, key: str, message: str, *, origin: str = "", also: Sequence[SettingsError] = ()
    ) -> None:
        """
        Args:
            also: other mistakes that were found with it; each is a line of its own.
        """
        self.key = key
        self.message = hide_in_ours(message)
        self.origin = origin
        self.also = tuple(also)
        where = f" (read from {origin})" if origin else ""
        # a key in capitals is the place of an argument in a usage line: ID|LINK|TITLE tells nobody who reads the sentence anything
        named = (
            f"{message[:1].upper()}{message[1:]}"
            if key.isupper()
            else f"{key}: {message}"
            if key
            else message
        )
        line = f"{named}{where}"
        super().__init__("\n".join([line, *map(str, self.also)]))


class LeaseHeld(ConnectorError):
    """Another run works on the same target."""


class LeaseLost(ConnectorError):
    """The lease went to another run while this one was at work."""


class DecisionRefused(ConnectorError):
    """What a person decided about an earlier run names none about which it can be decided: no later run carries it out either."""


class LedgerError(ConnectorError):
    """The ledger cannot be used as it is."""


class LedgerAway(LedgerError):
    """Its database does not answer, or takes no writes, for now."""


class LedgerLocked(LedgerAway):
    """Somebody had what is needed of it for too long. Whoever stood still with it is cut off."""


class LedgerTangled(LedgerAway):
    """Two were in each other's way in it, and its server undid what this one wrote."""


class LedgerRefuses(LedgerAway):
    """It answers, and does not do what it is asked, for its disk say: a run that is begun anew at once would hear the same at its end."""


class LedgerDamaged(LedgerError):
    """It cannot be read, or not all of it: nothing that it might tell is to be waited for."""


class LedgerNewer(LedgerError):
    """A release that this one does not know wrote the ledger."""


class NoSuchPage(ConnectorError):
    """What an address, or an option, says of a list names nothing that there is: rather refused than taken for something else."""

    def __init__(self, message: str, *, said_by: Sequence[str] = ("page", "after")) -> None:
        """
        Args:
            said_by: the names under which an address says it; without them it names something.
        """
        super().__init__(message)
        self.said_by = tuple(said_by)


class CacheError(ConnectorError):
    """The text cache cannot be used as it is."""


class SharedCacheAway(CacheError, LedgerAway):
    """The database of the ledger, in which the texts of several services stand, does not answer for now."""


class Transient(ConnectorError):
    """Passing: a time-out, a broken connection, 429, 5xx, an answer cut short or not of the API."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        sent: bool = True,
        throttled: bool = False,
        lasting: bool = False,
        by_other: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.sent = sent
        """False when the call certainly had no effect: it never reached the other side, or was turned away at the door."""
        self.throttled = throttled
        """The other side says that there are too many calls."""
        self.lasting = lasting
        """Another try at once would end the same way, so none is made."""
        self.by_other = by_other
        """A web page came: somebody between answered, such as a firewall."""
        self.cut_off = False
        """No answer came to its end over this machine's connection, as whoever made the call says: another machine's may be whole."""


class SourceUnavailable(Transient):
    """A source does not answer as it should, at this moment."""


class TargetUnavailable(Transient):
    """The target does not answer as it should, at this moment."""


class RemovalsRefused(TargetUnavailable):
    """
    The target refuses to remove some of what it was told to remove; all the rest of it is removed.

    Args:
        refused: ids, each with the reason in words.
    """

    def __init__(self, refused: Mapping[str, str]) -> None:
        super().__init__(f"Interact refused {len(refused)} of the removals: {next(iter(refused.values()))}")
        self.refused = dict(refused)

    @property
    def why(self) -> str:
        """The reason of the first of them."""
        return next(iter(self.refused.values()))


class SourceRefused(ConnectorError):
    """A source refuses us: a wrong key, a missing right."""


class TargetRefused(ConnectorError):
    """The target refuses us: a wrong key, tenant or appid."""


class ListingIncomplete(ConnectorError):
    """A listing could not be read to its end."""


class RecordGone(ConnectorError):
    """The source answers 404 or 410 for one record."""


class RecordHidden(ConnectorError):
    """The source answers 401 or 403 for one record."""


class Skippable(ConnectorError):
    """One record or document cannot go through; the others can."""


class RecordInvalid(Skippable):
    """A record cannot be read or mapped."""


BROKEN_OFF = (ListingIncomplete, RecordHidden, SourceRefused, SourceUnavailable)
"""What keeps a list of a source from being read to its end: nothing that it lacks counts as missing by that."""
