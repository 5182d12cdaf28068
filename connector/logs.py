"""Structured logs, set up once: to standard error, as JSON or for a console, with every secret hidden."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

HIDDEN = "***"


def set_up(*, style: str, secrets: Iterable[str], level: int = logging.INFO) -> None:
    """
    Prepare the logs of this process.

    Args:
        style: json or console.
        secrets: values that are replaced wherever they would appear, also inside tracebacks.
    """
    hide = _hider(list(secrets))
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def hide_in(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _hider(secrets: list[str]) -> Any:
    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return hide_in(value, secrets)
        if isinstance(value, dict):
            return {key: clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [clean(inner) for inner in value]
        return value

    def hide(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: clean(value) for key, value in event.items()}

    return hide
