"""
Structured logs, set up once: to standard error, as JSON or for a console, with every secret hidden.

What libraries log through the standard library takes the same way, so that it is hidden from as well. Titles and
names of people stand in fields of their own (`NAMES`) and are told only where `service.log_names` allows it.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

from connector.document.printable import printable_values
from connector.machine.streams import make_lines
from connector.machine.verbs import as_typed_here
from connector.secrets import hiding

QUIET = logging.WARNING
AGAIN_S = 600.0
"""What a library says in the same words within this is only counted."""
TELLING, LONGEST_START, MOST_SAID = 20, 200, 500
"""Characters before a colon by which such words are known, of others so many; and how many are remembered."""
NAMES = frozenset({"title", "name", "room", "person", "author"})
"""Fields of log events that carry the words of people."""
TOLD_BY_A_REPORT = frozenset(
    {
        "scope.incomplete",
        "document.quarantined",
        "session.withheld",
        "push.unanswered",
        "source.failed",
        "download.failed",
        "run.finished",
    }
)
"""Events whose words a run's report has: whoever is about to read it need not read them twice."""
FOREIGN = frozenset({"exception", "message", "error", "why"})
"""Fields that carry the words of others: of a host, a library, a traceback."""


def set_up(*, style: str, secrets: Iterable[str], level: int = logging.INFO, names: bool = False) -> None:
    """
    Prepare the logs of this process.

    Args:
        style: json, console, or `person`: of somebody who waits at a terminal for what a verb tells, and needs to know
            only what that will not tell.
        secrets: values that are replaced wherever they would appear, also inside tracebacks.
        names: whether titles and people's names may be told.
    """
    import structlog  # only what logs needs it, and all of Rich that it brings

    hiding.keep(secrets)
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    renderer: Any = {
        "json": structlog.processors.JSONRenderer(),
        "console": console,
        "person": lambda *event: _for_a_person(*event) or console(*event),
    }[style]
    if style == "person":
        level = max(level, QUIET)
    for_everything = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _show_names if names else _hide_names,
        _hide_event,
        *([_leave_to_the_report] if style == "person" else []),
        *([] if style == "json" else [_one_line]),
        renderer,
    ]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *for_everything],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=make_lines,
        cache_logger_on_first_use=False,
    )
    of_libraries = _OfLibraries(logging.WARNING)
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, _as_library],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *for_everything],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [of_libraries]
    root.setLevel(logging.WARNING)


class _OfLibraries(logging.Handler):
    """
    Writes what libraries log beside our own lines: what one says again and again, once in a while, with how often it said it since.

    A library whose database is away tells so eight times a second, and no line of ours would be found among these.
    """

    def __init__(self, level: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(level)
        self._clock = clock
        self._said: dict[tuple[str, int, str], list[float]] = {}
        """When each was written last, and how often it was left out since."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, or lose it."""
        try:
            record.getMessage()
        except (TypeError, ValueError):
            record.args = ()  # they do not fit: a library's mistake, and no reason to end anything
        if self._is_new(record):
            make_lines().msg(self.format(record))

    def _is_new(self, record: logging.LogRecord) -> bool:
        """Whether it is to be written; one with a traceback of its own always is."""
        if record.exc_info:
            return True
        words = record.getMessage()
        start = words.partition(":")[0]
        key = (record.name, record.levelno, start if len(start) >= TELLING else words[:LONGEST_START])
        now = self._clock()
        if key in self._said and now - self._said[key][0] < AGAIN_S:
            self._said[key][1] += 1
            return False
        record.repeated = int(self._said[key][1]) if key in self._said else 0
        if len(self._said) >= MOST_SAID:
            self._said.clear()
        self._said[key] = [now, 0]
        return True


def _as_library(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event of a library's record is one word, its message a field."""
    record = event["_record"]
    again = {"repeated": record.repeated} if getattr(record, "repeated", 0) else {}
    return {**event, "event": "library.message", "library": record.name, "message": event["event"], **again}


def _hide_names(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the fields of `NAMES`, and wherever they stand the words that an event names in `hiding`."""
    words = sorted(event.pop("hiding", ()), key=len, reverse=True)
    return {
        key: hiding.HIDDEN if key in NAMES and value else _clean(value, lambda text: _without(text, words))
        for key, value in event.items()
    }


def _show_names(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("hiding", None)
    return event


def _one_line(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Make an event harmless to a terminal: one line, but for its traceback, and no escapes. JSON escapes them itself."""
    return {**printable_values(dict(event), lines=frozenset({"exception"}))}


def _leave_to_the_report(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if event["event"] in TOLD_BY_A_REPORT:
        from structlog import DropEvent

        raise DropEvent
    return event


def _for_a_person(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    """What an event says in words of its own; empty where it has none."""
    why = f" ({event['why']})" if event.get("why") else ""
    return f"{event['message']}{why}" if event["event"] != "library.message" and event.get("message") else ""


def _without(text: str, words: Iterable[str]) -> str:
    for word in words:
        text = text.replace(word, hiding.HIDDEN)
    return text


def _hide_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    def mend(key: str) -> Callable[[str], str]:
        hide = hiding.hide if key in FOREIGN else hiding.hide_in_ours
        return lambda text: as_typed_here(hide(text))

    return {key: _clean(value, mend(key)) for key, value in event.items()}


def _clean(value: Any, mend: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, dict):
        return {key: _clean(inner, mend) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner, mend) for inner in value]
    return value
