"""
What people hid, as one run knows it: PURE.

Hidden is the document that an order names, and whatever stands below it: so the path of a document decides, and memory holds
the orders only. What moves below a hidden container is hidden by its new path, what moves out is not hidden any more.
"""

from __future__ import annotations

from collections.abc import Iterable

from connector.document.ids import child_path, path_ids


class HiddenRoots:
    """The documents that orders name: each of them, and all below it, stays out of the target."""

    def __init__(self, roots: Iterable[str] = ()) -> None:
        self._roots = frozenset(roots)
        self._forgotten: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is hidden at all."""
        return bool(self._roots)

    def become(self, roots: Iterable[str], *, forgotten: Iterable[str]) -> None:
        """
        These are hidden from now on, and no others.

        Args:
            forgotten: those of which nothing but the id is to be written down.
        """
        self._roots = frozenset(roots)
        self._forgotten = frozenset(forgotten)

    def forgets(self, root: str) -> bool:
        """Whether nothing but its id is to be written down of what stands there."""
        return root in self._forgotten

    def root_of(self, path: str) -> str:
        """The nearest hidden document on the path of a document, itself included; empty: it is not hidden."""
        if not self._roots:
            return ""
        return next((one for one in reversed(path_ids(path)) if one in self._roots), "")

    def root_below(self, path: str, identifier: str) -> str:
        """The same of a document by the path of what it stands in."""
        return self.root_of(child_path(path, identifier)) if self._roots else ""
