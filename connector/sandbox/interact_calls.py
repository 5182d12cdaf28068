"""What every call of Interact's API keeps to: its count, its arrays, and what an answer says of what was taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from connector.sandbox.interact_checks import BadRequest, check_types, error_entry
from connector.sandbox.interact_rows import Push, Switches


class Calls:
    """The calls of one connector so far, and the switches that decide what they do."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.switches = Switches()
        self.pushes: list[Push] = []
        self.calls = 0
        """How many API calls have taken effect or been refused as a whole."""

    def _no_error(self, key: str) -> list[dict[str, Any]]:
        """What Errors tells of an item that was taken."""
        return [error_entry(key, []) | {"HasError": False}] if self.switches.tells_of_all else []

    def _array(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise BadRequest("The body must be an array of objects")
        self._need_short(value)
        for item in value:
            check_types(item)
        return value

    def _ids(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadRequest("The body must be an array of strings")
        self._need_short(value)
        return value

    def _need_short(self, value: list[Any]) -> None:
        limit = self.switches.array_limit
        if limit is not None and len(value) > limit:
            raise BadRequest(f"The array has more than {limit} items")

    def _need_good_batch(self, errors: Iterable[list[tuple[int, str]]]) -> None:
        if self.switches.bad_item_fails_batch and any(errors):
            raise BadRequest("The request is invalid")
