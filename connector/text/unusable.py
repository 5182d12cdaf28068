"""What stands in the place of remembered texts that cannot be used, and how it is told: whatever needs none goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from connector.errors import CacheError
from connector.machine.storage import OF_WRITING, naming, words_of_error, words_of_use


def unusable(folder: Path, file: Path, error: OSError) -> CacheError:
    """
    Make the error of a text cache in which something cannot be made or used.

    Args:
        folder: that the settings name.
    """
    words = words_of_use(
        f"The text cache {folder}", file, error, elsewhere="name another folder in text.cache"
    )
    return CacheError(words)


@contextmanager
def on_this_disk(file: Path) -> Iterator[None]:
    """Have an error of the disk to which a file is written on its way be one of the cache, in whose folder it stands: it costs that file's text."""
    try:
        with naming(file):
            yield
    except OSError as error:
        if error.errno in OF_WRITING:
            raise CacheError(words_of_error(error)) from error
        raise


class Unusable:
    """
    Remembers nothing, and knows why. Implements `connector.text.text_store.TextStore` and `ScanStore`.

    A run whose cache cannot be opened goes on, and downloads what it has to read.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise CacheError(self._why)

    find_file = touch_file = put_file = find_text = touch_text = put_text = put_reason = _refuse
    is_over = forget_down_to = at_once = _refuse
    find = find_done = touch = put = drop_others = _refuse

    def close(self) -> None:
        """Nothing is open."""
