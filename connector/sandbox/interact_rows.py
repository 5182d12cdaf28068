"""What an Interact connector keeps: rows of documents and people, what happened to them, and the unknowns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(slots=True, eq=False)
class Row:
    """One document: as last pushed, its deletion mode, and whether a session would delete it."""

    document: dict[str, Any]
    mode: str
    candidate: bool = False
    state: str | None = None
    updated: datetime | None = None
    pushed_count: int = 0
    pushed_call: int = 0
    """Number of the API call that pushed it last; 0 after a reset."""


@dataclass(slots=True, eq=False)
class UserRow:
    """One user synchronisation record, linked to the person of the intranet that it was matched with."""

    record: dict[str, Any]
    mode: str
    person: IntranetPerson
    identities: frozenset[str]
    candidate: bool = False
    state: str | None = None
    updated: datetime | None = None
    pushed_count: int = 0


@dataclass(slots=True, eq=False)
class IntranetPerson:
    """Somebody who can search; `identities` are those seeded, besides what connectors push."""

    email: str
    name: str
    username: str = ""
    identities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deletion:
    """One removal; `call` is the number of the API call that caused it."""

    id: str
    cause: Literal["delete", "end", "cascade"]
    call: int


@dataclass(frozen=True, slots=True)
class Push:
    """One document or person of an addupdate call, accepted or not."""

    id: str
    call: int
    accepted: bool
    kind: Literal["document", "user"] = "document"


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Documents that are refused: those whose id or title contains `match`.

    Args:
        because: `always`; `text` only while FileContents is sent; `details` while anything more than title,
            type, link and audience is sent.
    """

    match: str
    code: int = 99
    message: str = "Refused by the sandbox"
    because: Literal["always", "text", "details"] = "always"

    def meets(self, document: dict[str, Any]) -> bool:
        """Whether this document is refused."""
        named = f"{document.get('GloballyUniqueId')}\n{document.get('Title')}"
        if self.match not in named:
            return False
        if self.because == "text":
            return bool(document.get("FileContents"))
        if self.because == "details":
            return any(document.get(name) for name in ("FileContents", "Summary", "Keywords", "Taxonomy"))
        return True


@dataclass(slots=True)
class Switches:
    """What nobody knows of the real service; the defaults are its plainest reading."""

    cascade_on_delete: bool = False
    """Deleting a parent by id deletes its children."""
    cascade_on_end: bool = False
    """A parent deleted at the end of a session takes its children along, whatever their flags."""
    swept_by: Literal["flag", "time"] = "flag"
    """How the end of a session knows what was not pushed: by the flag that begin raised and the push lowered, or
    by comparing the last push with the last begin."""
    one_flag: bool = False
    """Documents and people have one flag together: a begin of either flags both, and an end of either sweeps both."""
    path_match: Literal["delimiter", "prefix", "segment"] = "delimiter"
    """Children have a MaterializedPath that begins with their parent's: up to a `/`, or as mere letters (then
    /1 is a parent of /10); or one that has the parent's id between two `/`."""
    omitted_fields: Literal["replaced", "kept"] = "replaced"
    """What an update does to fields that it does not send."""
    modified_date_gate: bool = False
    """An update whose ModifiedDate is not newer changes nothing but the flag, and is called accepted."""
    fold_id_case: bool = False
    """Ids that differ by case only are one document; answers carry the lower-case form."""
    id_length: int | None = None
    """Ids are cut to this length, without a word (45 in the legacy API)."""
    body_limit: int | None = None
    """Bytes of a body above which the call answers 413."""
    array_limit: int | None = None
    """Length of an array above which the call answers 400."""
    bad_item_fails_batch: bool = False
    """One item with an error makes the whole call a 400 without effect."""
    refuse: list[Refusal] = field(default_factory=list)
    """Documents that get an entry in Errors."""
    lose: set[str] = field(default_factory=set)
    """Ids that are stored, but appear neither in AddedUpdated (Added, Updated) nor in Errors."""
    tells_of_all: bool = False
    """Errors has an entry for each item of a call; HasError is false in those of what was taken."""
    small_first_letters: bool = False
    """Answers name their fields with a small first letter."""
    file_contents: Literal["text", "base64"] = "text"
    """What FileContents is read as; with base64, anything that does not decode makes the call a 400."""
    public_ignores_identities: bool = True
    """IsPublic shows a document to everybody; otherwise identities decide all the same."""
    people_exist: bool = True
    """Every address or user name pushed belongs to somebody; otherwise only to people who were seeded."""
    empty_identities: Literal["cleared", "kept"] = "cleared"
    """What an update of a user with no identities does to those the record has."""
    shared_address: Literal["not found", "error"] = "not found"
    """Where an answer names a user record whose address belongs to two people."""
    state_length: int | None = None
    """SynchroniseState is cut to this length, without a word."""
    reset_unknown_status: int = 404
    """Answer of resetstate for an id that does not exist."""
    delete_unknown_status: int = 200
    """Answer of delete when one of its ids does not exist; anything but 200 removes nothing."""
    state_unknown_status: int = 200
    """Answer of docs/state for an id that does not exist; anything but 200 tells nothing else."""
    length_required: bool = True
    """A PUT with neither Content-Length nor chunks answers 411, as servers of this family do."""
