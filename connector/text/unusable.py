"""What stands in the place of remembered texts that cannot be used: whatever needs none goes on."""

from __future__ import annotations

from typing import Any, NoReturn

from connector.errors import CacheError


class Unusable:
    """
    Remembers nothing, and knows why. Implements `connector.text.text_store.TextStore` and `ScanStore`.

    A run whose cache cannot be opened takes from people what they lost all the same, and ends at the first file that it is to read.
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
