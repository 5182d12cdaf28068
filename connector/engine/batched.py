"""Many things, so many at a time. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(many: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield them in their order, in lists of `size` and a last one of what is left: `itertools.batched` of Python 3.12."""
    rest = iter(many)
    while batch := list(islice(rest, size)):
        yield batch
