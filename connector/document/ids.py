"""Names that stay: ids of documents, paths made of them, and hashes that tell two things apart. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

MAX_ID = 45
"""Characters of a GloballyUniqueId; the limit of Interact's legacy API, the new one states none."""
PLAIN_KEY = re.compile(r"(?!h[0-9a-f]{28}$)[a-z0-9-]+")
"""Keys that stand in ids as they are; one that looks like a hash of ours does not."""
PLAIN_ID = re.compile(r"[a-z0-9-]+")
"""What an id is made of."""
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


ID_SCHEME = "1"
"""Raised whenever `document_id` or a source's keys change: `runs.names` then refuses ledgers of the old scheme."""


def document_id(prefix: str, key: str) -> str:
    """
    Make the GloballyUniqueId of a source's own key: `<prefix>-<key>`, `[a-z0-9-]`, at most 45 characters.

    A key that is too long, or has other characters, or a letter case that matters, is hashed; a UUID is
    the same UUID in any case.
    """
    is_short = len(prefix) + 1 + len(key) <= MAX_ID
    if is_short and key.islower() and key[0] != "h" and key.isascii() and key.replace("-", "").isalnum():
        return f"{prefix}-{key}"  # as nearly all are: told without the patterns
    plain = key.lower() if UUID.fullmatch(key) else key
    if is_short and PLAIN_KEY.fullmatch(plain):
        return f"{prefix}-{plain}"
    return f"{prefix}-h{blake2b(key.encode(), digest_size=14).hexdigest()}"


def child_path(parent_path: str, identifier: str) -> str:
    """Make a MaterializedPath: `/`, the ids from the room down to the document itself, each followed by `/`."""
    return f"{parent_path or '/'}{identifier}/"


LONGEST_PATH = 2_000
"""UTF-8 bytes of a path that is kept, some fifty folders within each other: an index of PostgreSQL takes no entry of more than 2,700."""


def is_kept(path: str) -> bool:
    """Whether a path is short enough to be kept."""
    return len(path) <= LONGEST_PATH and (path.isascii() or len(path.encode()) <= LONGEST_PATH)


def kept(path: str) -> str:
    """As much of a path as is kept: whole ids, from the room down."""
    if is_kept(path):
        return path
    cut = path.encode()[:LONGEST_PATH].decode(errors="ignore")
    return cut[: cut.rindex("/") + 1]


LONGEST_KEY = 2_000
"""UTF-8 bytes of what something is looked up by: an index of PostgreSQL holds a few more."""


def in_bounds(key: str, most: int = LONGEST_KEY) -> str:
    """A key as every ledger can look it up: of one that is longer than any name is, the beginning and a hash of all of it."""
    if len(key) <= most // 4 or len(key.encode()) <= most:
        return key
    return f"{key[: most // 8]} {digest([key]).hex()}"


def path_ids(path: str) -> list[str]:
    """List the ids of a MaterializedPath, the room first, the document itself last."""
    return [part for part in path.split("/") if part]


def digest(parts: Iterable[bytes | str], size: int = 16) -> bytes:
    """Hash parts so that ("ab", "c") and ("a", "bc") differ."""
    mark = blake2b(digest_size=size)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        mark.update(len(data).to_bytes(4, "big"))
        mark.update(data)
    return mark.digest()


def place_read(address: str, account: str) -> str:
    """Where something is read, and a hash of the account that reads it: whether both are the same as before."""
    return f"{address.rstrip('/').casefold()} {digest([account], 8).hex()}"
