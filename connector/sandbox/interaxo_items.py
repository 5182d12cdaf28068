"""What an Interaxo world is made of: items, their fields and steps, people, and the quirks of a host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

Authority: TypeAlias = tuple[str, str]
"""Kind ("user" or "group") and id, the id unique within one community."""

IDENTITY = "connector@example.com"
"""Whom the client credentials act as: the person `-me-`, present in every community."""

FOLDERS = ("simple-folder", "active-folder", "workflow-folder")
LINKS = ("internal-link", "external-link")
CHILDREN: dict[str, tuple[str, ...]] = {
    "simple-folder": (*FOLDERS, "file", *LINKS),
    "active-folder": ("entry",),
    "workflow-folder": ("entry",),
    "entry": ("file",),
}
"""Kinds of children by kind of parent. Source: Interaxo API, Content objects."""


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """
    One field of an active folder; an empty `id` gets one. Source: Interaxo API, Field Definitions.

    Args:
        type: string, numeric, date, list, rich-text, member or auto-number.
        initial_value: used where an entry gives no value; `WHEN_CREATED` is the day of creation.
    """

    name: str
    type: str = "string"
    id: str = ""
    description: str = ""
    mandatory: bool = False
    read_only: bool = False
    initial_value: Any = None
    entry_title: bool = False
    unique: bool = False
    revision_field: bool = False
    options: Sequence[str] = ()
    multiple: bool = False
    limited_to: Sequence[Authority] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a workflow folder; an empty `id` gets one, ordinals follow the order of the list."""

    name: str
    id: str = ""
    final_step: bool = False
    publish: bool = False
    historical: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a community; the id only looks like an e-mail address."""

    id: str
    name: str
    email: str
    groups: tuple[str, ...] = ()
    locale: str = "nb-NO"


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; `content` is HTML."""

    id: str
    content: str
    author: str
    created: datetime


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One version of a file: "1.0", its bytes or the local file that holds them, and the size in bytes."""

    label: str
    content: bytes | Path
    mime_type: str
    size: int


@dataclass(slots=True, eq=False)
class Item:
    """One item as the world holds it; what of it is shown, and how, is decided when a call is answered."""

    type: str
    id: str
    parent_id: str | None
    name: str
    created: datetime
    last_modified: datetime
    created_by: str
    last_modified_by: str
    serial: int = 0
    children: list[str] = field(default_factory=list)
    definitions: list[FieldDefinition] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    numbered: int = 0
    """The last auto-number given to an entry of this folder."""
    values: dict[str, Any] = field(default_factory=dict)
    step_id: str | None = None
    versions: list[FileVersion] = field(default_factory=list)
    main_document: str | None = None
    target: str = "_blank"
    destination: str = ""
    url: str = ""
    comments: list[Comment] = field(default_factory=list)
    authorities: list[Authority] | None = None
    authorities_refused: bool = False
    step_authorities: dict[str, list[Authority]] = field(default_factory=dict)
    """By step id: who may see the entries of a step that has a list of its own."""
    owner: Authority | None = None
    """None: whoever made it."""
    hidden: int | None = None
    tree: LiveTree | None = None
    row: tuple[object, bytes] | None = None


@dataclass(slots=True)
class Room:
    """One room; `id` is the slug, which may change, `root_id` is the id that stays."""

    community: str
    id: str
    name: str
    root_id: str
    workspace: tuple[str, str]
    description: str = ""
    metadata: dict[str, tuple[str, str]] = field(default_factory=dict)
    hidden: int | None = None


class LiveTree(Protocol):
    """A room whose items are read from somewhere else at the moment they are asked for."""

    def find(self, item_id: str) -> Item | None:
        """The item as it is now; None when there is none."""

    def parent_of(self, item: Item) -> Item | None:
        """The container of an item that was just found or listed."""

    def list_children(self, item: Item) -> list[Item]:
        """The items directly in a container as they are now."""

    def count_children(self, item: Item) -> int:
        """How many items are directly in a container now."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One visible item, for tests to compare a target with; `authorities` are the effective ones."""

    type: str
    id: str
    parent_id: str | None
    name: str
    community: str
    room: str
    room_id: str
    path: str
    child_count: int
    last_modified: datetime
    version: str | None
    mime_type: str | None
    file_size: int | None
    step: str | None
    values: dict[str, Any]
    destination: str
    url: str
    authorities: tuple[Authority, ...]


@dataclass(slots=True)
class Quirks:
    """How this host differs from the kindest reading of the vendor's document, which is the default."""

    page_cap: int | None = None
    """Largest page the host gives, whatever `limit` asks for, without a word."""
    page_caps: dict[str, int] = field(default_factory=dict)
    """The same for one kind of list: communities, workspaces, rooms, children, search, groups, comments."""
    unsorted: frozenset[str] = frozenset()
    """Kinds of list that take no `sort` at all: 400."""
    limit_refused_above: int | None = None
    """A larger `limit` answers 400 instead of being capped."""
    opaque_errors: bool = False
    """Validation errors come without `errors[]` (observed live)."""
    requested_with: bool = False
    """True: a call to the API without X-Requested-With answers 403."""
    content_base: str = ""
    """Where content_url leads, such as http://localhost:1234; empty: to the API's own host. It is served here all the same."""
    content_redirects: bool = False
    """True: content_url answers 302 to another address of its host."""
    content_status: int = 200
    """Another status: content_url answers that."""
    api_download_status: int = 200
    """Another status: files/{id}/content answers that."""
    default_limit: int = 100
    """Page size where no `limit` is sent (the vendor does not tell it)."""
    sort_fields: frozenset[str] = frozenset({"id", "name", "created", "last_modified"})
    """What may be sorted by; anything else answers 400."""
    child_count: Literal["true", "absent", "low", "high"] = "true"
    """low and high are one too few (never below 0) and one too many."""
    list_definitions: bool = False
    """Folders in listings carry fields, features and steps."""
    entries_list_fields: bool = True
    """Entries in listings carry their fields."""
    colon_value: int = 0
    """Every n-th entry has its values under "value:" (1: all, 0: none)."""
    rich_text_underscore: bool = False
    """Definitions say rich_text where entries say rich-text."""
    person_form: Literal["id", "typed", "named"] = "id"
    """How created_by, last_modified_by and owner are written."""
    authorities_on_simple_folders: bool = True
    """False: mentionable-authorities of simple folders (roots included) is refused."""
    authorities_on_links: bool = True
    """False: mentionable-authorities of links is refused."""
    authorities_on_steps: bool = False
    """True: mentionable-authorities of a step's id is answered, where entries are asked for by theirs."""
    authorities_refusal: int = 422
    """Status of a refused mentionable-authorities call of a folder or link: 422 or 404; a step's is 404."""
    authorities_skip: bool = False
    """mentionable-authorities takes `skip`, which is not documented."""
    authorities_limit: int | None = None
    """Largest list of authorities the host gives, whatever `limit` asks for."""
    wrong_room_status: int = 404
    """Answer for an item that is asked for under another room's path; 200 shows it all the same."""
    lock_info: int = 0
    """Every n-th item carries lock_info, whose time moves with every read (0: none)."""
    token_calls: int | None = None
    """A token answers 401 after this many calls; None: it lives for token_expires_s."""
    token_expires_s: int = 3600
    """`expires_in` of the token answer, in seconds."""
    quiet: frozenset[Literal["comment", "main-document", "step"]] = frozenset()
    """Edits of an item that do not move its last_modified."""
    parents_move: bool = False
    """A folder's or entry's last_modified moves when something directly in it changes."""
