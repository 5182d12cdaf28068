"""What the settings, and people, call Interaxo's types of items. PURE."""

from __future__ import annotations

from connector.sources.interaxo.places import Place
from connector.sources.interaxo.wire import DEFINING, FOLDERS, LINKS, Item

KINDS = ("room", "folder", "entry", "attachment", "file", "link")
KIND_WORDS = {
    "room": "Room",
    "simple-folder": "Folder",
    "folder": "Folder",
    "active-folder": "Active folder",
    "workflow-folder": "Workflow folder",
    "entry": "Entry",
    "attachment": "Attachment",
    "file": "File",
    "internal-link": "Link",
    "external-link": "Link",
}


def kind_of(item: Item, place: Place) -> str:
    """One of `KINDS`: what the settings call an item."""
    if item.type in FOLDERS:
        return "folder"
    if item.type == "entry":
        return "entry"
    if item.type in LINKS:
        return "link"
    return "attachment" if place.type == "entry" else "file"


def needs_detail(item: Item) -> bool:
    """Whether a listing leaves out what only the item's own answer tells (seen in some listings, not in others)."""
    return item.type == "entry" and item.fields is None


def may_have_comments(item: Item) -> bool:
    """Whether this kind of item can have comments: not simple folders and links (vendor's help)."""
    return item.type in {"file", "entry"} or item.type in DEFINING


def defines(item_type: str) -> bool:
    """Whether a folder of this type defines fields for its entries."""
    return item_type in DEFINING
