"""How an Interaxo refuses a call: a status, and the vendor's error object."""

from __future__ import annotations

from collections.abc import Sequence

CODES = {
    400: ("validation_error", "Validation failed"),
    401: ("unauthorized", "Invalid OAuth token"),
    403: ("forbidden", "Insufficient rights"),
    404: ("not_found", "The resource could not be found"),
    422: ("invalid_node_type", "Item is not valid for this operation"),
    503: ("network_communication_error", "Network communication error"),
    500: ("file_streaming_error", "Can not stream file"),
}
"""Code and message of each status."""


class Refused(Exception):
    """The call answers this status with the vendor's error object."""

    def __init__(self, status: int, errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors
