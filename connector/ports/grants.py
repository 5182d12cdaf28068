"""What a source remembers between runs about who may see its single items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from connector.document.audience import Audience


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a source told last about who may see one of its items."""

    native: str
    parent: str
    kind: str
    """The source's own word."""
    step: str = ""
    told: Audience | None = None
    """The list as last told; None when it never was."""
    listless: bool = False
    """It has no list of its own; `told` is then what the items in it have in common."""
    trouble: str = ""
    """Why the last question was not answered: unknown or unanswered, or a source's own word; empty when it was."""
    inherited: bytes | None = None
    """Digest of what its container had at that time."""
    asked_run: int = 0
    told_at: float = 0.0


class SourceGrants(Protocol):
    """What a source remembers between runs about who may see its items."""

    def get(self, natives: Sequence[str]) -> dict[str, Grant]:
        """Find grants by the source's own ids."""

    def below_all(self, parents: Sequence[str]) -> dict[str, list[Grant]]:
        """List the grants of what stands directly in each of some containers."""

    def below(self, parent: str) -> list[Grant]:
        """List the grants of what stands directly in a container."""

    def put(self, grants: Sequence[Grant]) -> None:
        """Remember grants."""

    def leave_former_places(self) -> None:
        """What was last listed elsewhere than where somebody asked for its list last stands in no container now."""

    def changed(self, kinds: Sequence[str]) -> list[Grant]:
        """Items of some kinds whose list is not the one by which the breadcrumbs below them were made."""

    def made(self, grants: Sequence[Grant]) -> None:
        """The breadcrumbs below these containers were made by these lists."""
