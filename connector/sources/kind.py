"""
What a folder of `connector/sources/` tells of itself: a `SourceKind`. The tuple of kinds in `connector.app` names them.

`settings.py` holds its table and its words, `open.py` its `SourceKind`, which loads the client when a source is opened.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from connector.http.tokens import Tokens
from connector.sources.part import SourcePart

if TYPE_CHECKING:
    from connector.document.document import Scope
    from connector.http.call_policy import CallPolicy
    from connector.http.network import Network
    from connector.ports.grants import SourceGrants
    from connector.ports.matching import Matching
    from connector.ports.source import Advice, Source, SourceNotes
    from connector.text.service import TextService

PartT = TypeVar("PartT", bound=SourcePart)
SourceT = TypeVar("SourceT", bound="Source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a source is given beside its settings."""

    name: str
    """Of its table, [sources.NAME]: in documents, notes and messages."""
    folder: Path
    """Of the settings file: where relative paths begin."""
    people_file: Mapping[str, str]
    """E-mail addresses by id, of the setting `people`; where the file cannot be read now, as it said last."""
    notes: SourceNotes
    grants: SourceGrants
    network: Network
    timeout_s: float
    """How long to wait for an answer."""
    policy: CallPolicy
    """How its hosts are called, with pauses that its notes remember."""
    texts: TextService | None
    """What makes text of files; None: none is read."""
    max_file_bytes: int
    people_file_unread: bool = False
    """Whether that file cannot be read now."""
    tokens: Tokens = field(default_factory=Tokens)
    """Access tokens that this process has, of earlier runs among them."""
    kept_out: Callable[[Collection[str]], Collection[str]] = lambda _natives: ()
    """Which of some items a person took out of the search, by their native keys: no other document tells what they say."""
    forgotten: Callable[[Collection[str]], Collection[str]] = lambda _natives: ()
    """Which of them a person had erased: no note tells what they say."""
    set_by: Callable[[], float] = lambda: 0.0
    """How many seconds the clock was set ahead in all, as far as that could be told."""

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds since 1970."""
        return self.policy.clock

    def ages(self) -> float:
        """Seconds by a clock that nobody sets: for notes that tell how old something is. It tells no time of day."""
        return self.policy.clock() - self.set_by()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What `check` knows of a source when it asks for advice."""

    name: str
    chosen: Sequence[Scope]
    """Scopes that are read, as just listed."""
    kinds: Mapping[str, int]
    """Documents of it by kind, as the ledger counts them; empty without a ledger."""
    people: int
    """How many of its people the ledger knows."""
    notes: SourceNotes | None
    """What earlier runs noted; None without a ledger."""
    matching: Matching
    """By which address people are found in the intranet."""
    max_age_h: float
    """Within how many hours everybody is to be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One key of the first settings file, as `connector init` asks for it."""

    key: str
    words: str = ""
    """What is asked; empty: nothing, `default` is written."""
    default: Any = ""
    comment: str = ""
    """What stands beside it in the file."""
    several: bool = False
    """A list: the answer is taken apart at commas."""


@dataclass(frozen=True, kw_only=True)
class SourceKind(Generic[PartT, SourceT]):
    """One kind of source: everything that the program knows of it."""

    kind: str
    """As settings write it; the name of its folder."""
    settings: type[PartT]
    check: Callable[[str, PartT], None]
    """
    Check, before any request, what only its own code can tell: templates, credentials. (name, settings)

    Raises SettingsError with the key.
    """
    open: Callable[[PartT, Surroundings], AbstractAsyncContextManager[SourceT]]
    """Make a source ready for a run, which signs in itself; signs out at the end."""
    advise: Callable[[SourceT, PartT, Known], Awaitable[Sequence[Advice]]]
    """What `check` tells of an opened source, in order; costs a few calls. Raises nothing for what is only odd."""
    choices: Callable[[PartT, Known], Mapping[str, str]]
    """What each way to read rights would expose, and cost in requests, by its setting; empty where there is no choice."""
    id_prefix: str
    """What `init` offers."""
    rights: Mapping[str, str]
    """Ways to read who may see what, each with what it exposes; none is a default. Empty: there is no setting `permissions`."""
    questions: Sequence[Question]
    """What `init` asks besides, in order."""
    erase: Callable[[SourceNotes, str], None] = lambda _notes, _native: None
    """Leave nothing of an item in the notes of other items, by its native key; those under its own key are gone by then."""
    package: str = ""
    """Name and version of the package that brought it; empty: this one."""


AnyKind = SourceKind[Any, Any]
