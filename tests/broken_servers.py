"""What servers of a test could not answer because of a bug: of the test, of the sandbox, or of the connector's own pages."""

from __future__ import annotations

import logging


class Broken(logging.Handler):
    """Notes each one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note its error."""
        kind, error, _ = record.exc_info or (None, None, None)
        self.told.append(f"{kind.__name__}: {error}" if kind else record.getMessage())
