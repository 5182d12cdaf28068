"""
What a run needs of a source to read from: the whole contract. No implementation is named here, and a run knows nothing of a vendor.

A source reads, and never writes. In a run it is asked, in this order:

    open         begin; whatever an earlier run read says nothing any more        SourceUnavailable, SourceRefused
    scopes       every scope that the account sees (a room, a kind of record)     and ListingIncomplete: none is known to be gone
    audience     who may see a scope at most; None: unknown                       SourceUnavailable, SourceRefused: unknown, too
    audiences    who may see each item that was met before (`Nested`)             ends early where it cannot be told
    top          the scope's own document, or its container alone                 RecordGone, RecordHidden, Source...
    children     a container's rows, in pages; the last one carries the proof     ListingIncomplete and those above
    document     one document, of a row                                           RecordInvalid: this one waits; RecordGone; Source...
    ask          is this one gone, which a whole listing lacked? Before `top`:    SourceUnavailable, SourceRefused: unsure
                 does it stand there still, where its place has other readers?
    people       who somebody is, and which identities she has (`Peopled`)        nothing: whoever is not known is missing
    close        the end, whatever happened

and at any time, without a call: `exchanges` (all that it can ever read), `link`, `scope_id`, `traffic`, `dated`. An error that is
none of these is a bug, and ends the run; of a package's source it costs that source only (`sources.guarded`).

What each answer must be worth:

* **A listing** ends with its proof, or with `ListingIncomplete`. An empty answer, a short page, half a file are no end. Rows seen
  before are pushed all the same; nothing is removed.
* **A version** is a hash of all that a document is made of; equal versions are never mapped again. **An id** is made of the source's
  own key, never of a title.
* **A verdict** is *gone* only where the source says so of this very item while all is well around it, or where two complete
  listings say so (`pending` until then). All else is *unsure*, in words.
* **An audience** is never guessed. None, unknown, leaves a document with whom it had, and pushes no new one.
* **One odd item** costs itself: `RecordInvalid` in `document`, or a row of the kind `unreadable` where nothing of it can be told.

What a source is besides, it says by a Protocol of its own; whoever implements none of them is asked nothing of the kind:
`Nested` (items differ in who may see them), `Remembering` (and it remembers that between runs), `Awaiting` (what successive
listings lack is gone), `Marked` (scopes have no document,
so that records carry the ledger's notes; needed where `scope_id` is None), `Peopled` (it names people), `Sorted` (scopes are kinds
of record, and nothing moves between them), `Telling` (its own lists had rows that cannot be read), `Overlooking` (it leaves out values by which nothing is decided), `Choosing` (settings choose
scopes by patterns), `ports.publishing.Publishing` (and make them public), `Shareable` (several services may walk its scopes),
`ports.scans.Refetching` (its files can be fetched again, for OCR by night). `connector.conformance` plays a source by these rules;
docs/sources.md goes through a small one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.ports.grants import Grant

if TYPE_CHECKING:
    from connector.http.exchange import Dated, Party


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a run reads its sources."""

    run: int
    thorough: bool
    """True in full runs and backfills: details are read again, and no listing is trusted for having been whole before."""
    turn: int = 0
    """Of what is read again on a rotation: one more in each delta for this target in which the source answers, whatever lies between."""
    for_another: bool = False
    """Some scopes are walked for somebody else's run: what this machine has no place for is left to the services that walk the others."""


class FoundScope(msgspec.Struct, frozen=True, kw_only=True):
    """A scope as the source lists it now, with what the settings decide about it."""

    scope: Scope
    included: bool
    public: bool
    rules: bytes
    """Hashes of the settings that decided, eight bytes each: on `included`, on `public`; a rename alone changes neither."""


class Below(msgspec.Struct, frozen=True, kw_only=True):
    """A container among rows that are not told again."""

    id: str
    expected: int | None
    make: Callable[[], Container]


class Same(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of rows that are those of last time, and need not be looked at."""

    count: int
    """So many rows."""
    ids: Callable[[], list[str]]
    """Of all of them."""
    below: list[Below]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a listing; the last page carries the proof of its end."""

    rows: list[Listed]
    """Those that are to be looked at."""
    proof: bytes = b""
    """Hash of the whole listing, on the last page only."""
    unsteady: bool = False
    """The listing told on itself: a row came twice, or fewer came than its source counts. It is no witness for what it lacks."""
    mark: bytes = b""
    """
    Of all that its rows are made of, their audience too: the same mark, the same rows. Empty: no mark says that.

    What is due to be asked for again, or was told of a row by anything but the page and its place, allows no mark.
    """
    same: Same | None = None
    """Its other rows: `Container.told` has their mark."""
    outdated: bool = False
    """The container's own document is to be made anew, whatever its row says: it tells of what stood in it, and that is another by now."""

    @property
    def count(self) -> int:
        """So many rows it has."""
        return len(self.rows) + (self.same.count if self.same is not None else 0)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says when it is asked for one item: a suspect, or one whose place has other readers."""

    gone: bool = False
    """The source says so of this very item while all is well around it, or two complete listings did."""
    listed: Listed | None = None
    """It is there: the answer, ready to be pushed."""
    room: str = ""
    """Key of the scope in which it answered."""
    container: str | None = None
    """Document id of the container it stands in; None where that is not known, or it stands in none."""
    untold: tuple[str, ...] = ()
    """Names of scopes that could not tell whether it stands there now; it is gone from all others."""
    unsure: str = ""
    """Neither: why, in words."""
    moved: bool = False
    """Unsure, but this much is told: it does not stand in the scope that was asked."""
    pending: bool = False
    """Neither yet: a second complete listing, later, decides."""
    absent: bool = False
    """It is not there, as far as can be told, and nothing proves that it is gone: an approval is enough to remove it."""
    lasting: bool = False
    """Absent for so long that a person is to decide."""
    names_repeat: bool = False
    """Other items of its place may have its name: none of them is a sign that it was superseded."""


@runtime_checkable
class Telling(Protocol):
    """A source that can tell which rows of its own lists it could not read."""

    unread: dict[str, str]
    """By name: why; what stands there is not known in this run, and the source is not complete."""


@runtime_checkable
class Overlooking(Protocol):
    """A source that leaves out odd values by which nothing is decided, and reads on."""

    overlooked: dict[str, Sequence[str]]
    """By what they are of, as people call it: the names of these values."""


@runtime_checkable
class Choosing(Protocol):
    """A source whose scopes the settings choose by patterns."""

    idle: list[str]
    """Those patterns that match no scope, each with its key."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What a source or the target was asked in this run; clean answers since it was made, which tell that something goes on."""

    requests: int
    reread: int
    """Of these, for the rotating share of details and audiences."""
    bytes_sent: int
    answered: int = 0


NOT_READ = "not-read"
"""Kind of the notes that tell, by a source's own id, why something of an item could not be read at the last try; empty: it could."""


class Note(NamedTuple):
    """What was remembered between runs under a kind and a key."""

    value: bytes
    mark: bytes
    """What it depended on; empty: on nothing."""
    run: int
    """The run that read it; 0: none."""


class SourceNotes(Protocol):
    """What a source remembers for itself between runs."""

    def get(self, kind: str, key: str) -> Note | None:
        """Find a note; None where there is none."""

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Who may see one item that was known before the run."""

    id: str
    audience: Audience | None
    """None: unknown."""
    told_at: float | None = None
    """When it was known last, if the source answers but does not tell; None when it does not answer."""
    most: Audience | None = None
    """Where it is unknown: nobody beside these may see it, whoever of them does; None: not even that is told."""


@runtime_checkable
class Nested(Protocol):
    """A source whose items may have other audiences than their scope."""

    @property
    def looks_below(self) -> bool:
        """Whether its settings ask for more than the audiences of scopes."""

    def audiences(
        self, scope: Scope, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[list[Seen]]:
        """
        Re-read who may see what stands below a scope, as far as it is to be read in this run; parents first.

        Only what earlier runs met: the others are read when they are listed.

        Args:
            audience: of the scope; None: unknown.
            lost_at: when it was known last, while the source answers without telling.
        """


@runtime_checkable
class Remembering(Protocol):
    """A source that remembers between runs who may see its single items."""

    @property
    def looks_below(self) -> bool:
        """Whether its settings ask for more than the audiences of scopes."""

    def doubt(self) -> None:
        """The ledger is older than the intranet: ask anew for everything that earlier runs were told of single items."""

    def own_lists(self, natives: Sequence[str]) -> dict[str, Audience]:
        """The lists that containers have of their own, as told last; the others are missing."""

    def changed_lists(self) -> list[Grant]:
        """Containers whose own list is another one than the breadcrumbs below them were made by, and what else tells who may see these."""

    def breadcrumbs_made(self, grants: Sequence[Grant]) -> None:
        """The breadcrumbs below these containers were made by these lists."""


class Absences(Protocol):
    """What a source noted in earlier runs of what its listings lacked."""

    def count_absences_anew(self) -> None:
        """The ledger is older than the intranet: what it tells to be absent may have been there since."""


@runtime_checkable
class Awaiting(Protocol):
    """A source of which something is gone once successive listings lack it; asked after `scopes`."""

    absences: Absences


@runtime_checkable
class Marked(Protocol):
    """A source whose scopes have no documents of their own: its records carry the ledger's notes instead."""

    async def carriers(self, each: int) -> list[str]:
        """
        Look where notes may stand when the ledger knows none.

        Returns:
            Ids of the first so many documents of every scope, as it is listed now; none of what cannot be listed.
        """


@runtime_checkable
class Shareable(Protocol):
    """A source whose scopes several services may walk at once, each with a part of its calls."""

    @property
    def may_be_shared(self) -> bool:
        """Whether its settings let one scope be walked without what is read of the others."""

    async def lend(self, left: int, share: float) -> None:
        """Make no more than so many calls at once from now on, and that share of those in a second, since others have the rest."""

    def take_back(self) -> None:
        """Others have none of its calls any more."""

    def take_more(self, calls: int, times: float) -> None:
        """Make so many more calls at once from now on, and so many times as many in a second, since whoever had those needs them no more."""

    def pack(self, scope: Scope) -> str:
        """What it read of a scope that it listed, for a service that walks it elsewhere."""

    def unpack(self, packed: str) -> Scope:
        """The scope again, ready to be walked: no list is read for it."""

    def was_walked(self, scope: Scope, audience: Audience | None) -> None:
        """A scope was walked elsewhere."""

    def meet(self, keys: Collection[str]) -> None:
        """These people were met elsewhere, by the keys of `Peopled.people_met`."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator should know of a source."""

    words: str
    wrong: bool = False
    """It is to be mended; else it could be better."""


@runtime_checkable
class Sorted(Protocol):
    """
    A source whose scopes are kinds of record.

    The brake looks at each of them by itself, too; and no record ever moves to another one, so that a suspect is asked for
    in its own only, and a row under the id of a document of another scope is left out.
    """

    def is_common(self, scope_key: str) -> bool:
        """Whether a scope holds what many companies share, a central catalogue: it makes nobody's own share look small."""


class PersonRead(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of one person now."""

    key: str
    """The source's own key, unique within the source."""
    email: str = ""
    username: str = ""
    identities: tuple[str, ...] = ()
    gone: bool = False
    """The source says so of this very person, or of what she may do there, while it answers for others; or its whole list lacks her."""
    lasted: bool = False
    """She is gone by an absence that the source itself doubted, and that lasted: however many are, it is no lie any more."""
    hidden: bool = False
    """
    The source answers, but does not tell (403, say): what was known of the person stays for a time, at the address that it tells, if any. Of
    the identities only those that it names stay, if it names any.
    """


@runtime_checkable
class Peopled(Protocol):
    """A source that names people."""

    share: float
    """Of the people known before, those to be asked for again in a delta."""

    def renew_people(self) -> None:
        """What was read of people in this run is out of date: whoever is asked for next is read anew."""

    def people_met(self) -> set[str]:
        """Keys of everybody that this run has met so far: authors, members, named users, the people file."""

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        """Ask for people; whoever could not be asked for is missing from the answer."""


class Source(Protocol):
    """One configured system to pull from. Reads only."""

    name: str
    concurrency: int
    address: str
    """Where it is read, and a hash of the account that reads it; the same as long as both are."""

    @property
    def mapping_hash(self) -> bytes:
        """Hash of the code and the settings that make documents of items."""

    @property
    def left_out_rules(self) -> bytes:
        """Hash of the settings that decide which listed items are left out."""

    @property
    def side_by_side(self) -> bool:
        """Whether `document` may wait for long (a file, a detail), so that several are made at once."""

    async def open(self, reading: Reading) -> None:
        """
        Sign in.

        Raises:
            SourceUnavailable, SourceRefused: nothing of this source can be read.
        """

    async def scopes(self) -> list[FoundScope]:
        """
        List every scope that the identity sees, to the end.

        Raises:
            SourceUnavailable, SourceRefused, ListingIncomplete: no scope is known to be gone.
        """

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """
        Read who may see a scope.

        Args:
            last: as read before; a list put together from items below is only ever narrowed.
            witnesses: the items it was put together from before.

        Returns:
            The audience, None when it is unknown (unreadable, truncated, empty); and the witnesses.

        Raises:
            SourceUnavailable, SourceRefused: passing trouble, or no right: unknown as well.
        """

    def scope_id(self, scope: Scope) -> str | None:
        """Id of the scope's own document; None where a scope has none."""

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed | Container:
        """
        Read the scope's own document with its container; only the container where a scope has no document.

        Raises:
            SourceUnavailable, SourceRefused, RecordGone, RecordHidden: the scope cannot be read now.
        """

    def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a container to its end, in pages.

        Args:
            proven: hash of a listing whose end was proven before; the same listing again needs no further proof.

        Raises:
            ListingIncomplete: its end is not known.
            RecordGone: the container itself is gone.
            SourceUnavailable, SourceRefused, RecordHidden: the listing broke off.
        """

    async def document(self, listed: Listed) -> Document:
        """
        Fetch what the listing does not tell, and map.

        Raises:
            RecordInvalid: it cannot be mapped. RecordGone: it is gone meanwhile. SourceUnavailable, SourceRefused, RecordHidden: later.
        """

    def link(self, scope: Scope, listed: Listed) -> str:
        """The address where a click opens an item, as far as it can be made of its listing."""

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """
        Ask for one item by itself.

        Args:
            ancestor: native id of its nearest ancestor that was listed in this run.
            elsewhere: keys of other scopes to ask in: it may have been moved there unseen. None where nothing ever moves
                (`Sorted`).
        """

    def exchanges(self) -> list[Party]:
        """Every host that it calls, with every call that it can make there; nothing is called to find out."""

    def dated(self) -> list[Dated]:
        """What the clock of each host said last; `check` compares it with ours."""

    def traffic(self) -> Traffic:
        """What was asked since `open`."""

    async def close(self) -> None:
        """Sign out where there is something to sign out of."""
