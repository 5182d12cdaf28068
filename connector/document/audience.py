"""
Who may see a document, as external identities. PURE.

An identity is `<source>:user:<id>` or `<source>:group:<scope>/<id>`, lower case, trimmed, at most 100
characters (longer ones end in a hash; groups of a scope that holds a slash are one). The same function makes the identities of documents and of
people, so that both sides always speak one dialect. Interact compares them exactly
(contract, section 4: allow-list only, no deny, scoped to one connector).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cached_property, lru_cache
from hashlib import blake2b

import msgspec

MAX_IDENTITY = 100
"""Characters of one identity; Interact's own limit is not stated."""


class Audience(msgspec.Struct, frozen=True, dict=True):
    """The identities that may see a document. Empty and not public means: nobody."""

    identities: tuple[str, ...] = ()
    """Sorted, without duplicates."""
    public: bool = False

    def digest(self) -> bytes:
        """Eight bytes that differ when the audience differs."""
        return self._digest

    @cached_property
    def _digest(self) -> bytes:
        # asked for several times of each document of a room, whose audience is one and the same object
        return _digest_of(self)

    def within(self, other: Audience) -> bool:
        """Whether everybody of this audience also belongs to the other one."""
        if other.public:
            return True
        if self.public:
            return False
        return self.identities is other.identities or set(self.identities) <= set(other.identities)

    def common(self, other: Audience) -> Audience:
        """What both audiences allow."""
        if other.public and self.public:
            return Audience(tuple(sorted({*self.identities, *other.identities})), public=True)
        if other.public:
            return self
        if self.public:
            return other
        return Audience(tuple(sorted(set(self.identities) & set(other.identities))))


@lru_cache(maxsize=1_000)
def _digest_of(audience: Audience) -> bytes:
    return blake2b(msgspec.msgpack.encode((audience.identities, audience.public)), digest_size=8).digest()


NOBODY = Audience()


def common_of(audiences: Iterable[Audience | None]) -> Audience | None:
    """What all of some audiences allow; None of none, and where one of them is unknown."""
    common, *others = [*audiences] or [None]
    for one in others:
        common = common.common(one) if common is not None and one is not None else None
    return common


def make_audience(identities: Iterable[str], *, public: bool = False) -> Audience:
    """Make an audience of identities in any order."""
    return Audience(tuple(sorted(set(identities))), public=public)


def user_identity(source: str, user: str) -> str:
    """Name one user of a source. The id is opaque: it need not be an e-mail address."""
    return _identity(f"{source}:user:{user.strip()}")


def group_identity(source: str, scope: str, group: str) -> str:
    """
    Name one group of a source; group ids are unique only within their scope (community or company).

    A scope that holds the slash that parts it from the group is hashed with it: `a` and `b/c` are not `a/b` and `c`.
    """
    scope, group = scope.strip(), group.strip()
    if "/" not in scope:
        return _identity(f"{source}:group:{scope}/{group}")
    pair = msgspec.json.encode((_folded(scope), _folded(group)))
    return _identity(f"{source}:group:~{blake2b(pair, digest_size=16).hexdigest()}")


def source_of(identity: str) -> str:
    """Name the source that tells of an identity."""
    return identity.partition(":")[0]


def is_user(identity: str) -> bool:
    """Whether an identity names a single user; else it names a group, or is none."""
    return identity.partition(":")[2].startswith("user:")


def is_group(identity: str) -> bool:
    """Whether an identity names a group, whatever stands in the group's own id."""
    return identity.partition(":")[2].startswith("group:")


def _identity(text: str) -> str:
    """
    Bring an identity into its one form.

    Two ids that differ only by case become one identity; whoever lists them must treat that as unknown.
    """
    folded = _folded(text)
    if len(folded) <= MAX_IDENTITY:
        return folded
    mark = blake2b(folded.encode(), digest_size=16).hexdigest()
    return f"{folded[: MAX_IDENTITY - len(mark) - 1]}~{mark}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()
