"""From what a page tells to its HTML: templates, links that stay with the chosen target, times in the schedule's zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connector.app import App
from connector.document.counting import Number, size, spaced, times
from connector.document.dates import clock_time, wall_times
from connector.document.durations import DAY_S, HOUR_S, duration
from connector.document.printable import called, printable
from connector.errors import NoSuchPage
from connector.machine.verbs import TYPED, Theirs, aimed, as_typed_here, ended, told_by_others
from connector.pages.access import Access, Refusal
from connector.pages.chart import TONES
from connector.pages.menu import MENU, here
from connector.pages.request_fields import LONGEST_WORD, way_back
from connector.plan.reading_words import how_far_read
from connector.plan.state_words import COUNTS, PLANNED
from connector.secrets.hiding import hide_in_ours

TEMPLATES = Path(__file__).parent / "templates"
_COMMAND = re.compile(rf"({TYPED.pattern})([.,;:)]*)")
"""A command, and the stops behind it."""
_NEXT_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")


class Rendering:
    """Makes pages of templates."""

    def __init__(self, *, app: Callable[[], App], access: Access, clock: Callable[[], float]) -> None:
        self._app = app
        self._access = access
        self._clock = clock
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_shown,
        )
        self._templates.filters["when"] = self._when
        self._templates.filters["wall_times"] = self._wall_times
        self._templates.filters["ago"] = self._ago
        self._templates.filters["count"] = spaced
        self._templates.filters["size"] = size
        self._templates.filters["took"] = duration
        self._templates.filters["ended"] = ended
        self._templates.filters["commands"] = commands
        self._templates.filters["theirs"] = _theirs
        self._templates.filters["shortened"] = shortened
        self._templates.globals.update(
            tones=TONES,
            counted=counted,
            called=_called,
            how_far_read=how_far_read,
            times=times,
            count_words=COUNTS,
            planned_words=PLANNED,
            menu=MENU,
        )

    def page(self, request: Request, template: str, told: Mapping[str, Any], status: int = 200) -> Response:
        """Make one page."""
        session = self._access.session(request)
        target, path = self._shown(request), request.scope["path"]
        named = self.named(target)

        def link(to: str, **query: Any) -> str:
            asked = {key: value for key, value in {**named, **query}.items() if value}
            return f"{to}?{urlencode(asked)}" if asked else to

        page = self._templates.get_template(template).render(
            **told_by_others(dict(told), Theirs),
            path=path,
            here=here(path),
            target=target,
            targets=list(self._app().settings.targets),
            several=len(self._app().settings.targets) > 1,
            link=link,
            signed_in=session is not None,
            who=session.name if session else "",
            form_key=session.form_key if session else "",
            has_token=self._access.has_token,
            timezone=self._app().settings.schedule.timezone,
        )
        page = hide_in_ours(page)
        return HTMLResponse(as_typed_here(aimed(page, target) if named else page), status)

    def ask_token(self, request: Request, status: int = 401) -> Response:
        """Make the page where the token is given; it leads back to the one that was asked for."""
        return self.refuse(request, None, status, back=way_back(request))

    def refuse(
        self, request: Request, refusal: Refusal | None, status: int = 403, *, back: str = "/"
    ) -> Response:
        """
        Make the same page, and say what was refused.

        Args:
            back: the page to which it leads.
        """
        if self._access.is_closed and refusal is not Refusal.WRONG:
            refusal = Refusal.LATER
        told = {"refusal": refusal.value if refusal is not None else "", "back": back}
        return self.page(request, "sign_in.html", told, status)

    def target(self, request: Request) -> str:
        """
        The target that a page, or a form, is about: the one that its address names, or the first.

        Raises:
            NoSuchPage: the settings have none of this name.
        """
        asked = request.query_params.get("target", "")
        if asked and asked not in self._app().settings.targets:
            raise NoSuchPage(f"The settings have no target “{asked[:LONGEST_WORD]}”", said_by=("target",))
        return self._shown(request)

    def _shown(self, request: Request) -> str:
        """The target to which links lead; of an address that is refused the first."""
        targets = list(self._app().settings.targets)
        asked = request.query_params.get("target", "")
        return asked if asked in targets else targets[0]

    def named(self, target: str) -> dict[str, str]:
        """What a link carries so that it stays with the chosen target; nothing where there is one."""
        return {"target": target} if len(self._app().settings.targets) > 1 else {}

    def lead_back(self, target: str, path: str) -> Response:
        """Answer a form: the browser goes to a page, which stays with the chosen target."""
        named = self.named(target)
        return RedirectResponse(f"{path}?{urlencode(named)}" if named else path, 303)

    def _when(self, stamp: str) -> str:
        return clock_time(stamp, self._app().settings.schedule.timezone)

    def _wall_times(self, words: str) -> str:
        return wall_times(words, self._app().settings.schedule.timezone)

    def _ago(self, stamp: str) -> str:
        return ago(stamp, self._clock())


def counted(number: int, noun: str, plural: str = "") -> str:
    """The same with its noun; `plural` for none and several, the noun with an s where it is left out."""
    return f"{spaced(number)} {format(Number(number), f'~{noun}/{plural}')}"


def ago(stamp: str, now: float) -> str:
    """How long a time is past, or ahead; a time that cannot be read stays as it is."""
    try:
        seconds = (datetime.fromtimestamp(now, UTC) - datetime.fromisoformat(stamp)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return stamp
    words = next(
        (
            counted(round(abs(seconds) / size), unit)
            for unit, size in (("day", DAY_S), ("hour", HOUR_S), ("minute", 60))
            if abs(seconds) >= size
        ),
        "",
    )
    if not words:
        return "just now" if seconds >= 0 else "in a moment"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def shortened(words: str, most: int) -> str:
    """
    The sentences that fit, or of the first one its words; never a part of a command, nor what leads to one that is left out.

    Args:
        most: how many characters fit.
    """
    if len(words) <= most:
        return words
    whole = [found.start() for found in _NEXT_SENTENCE.finditer(words[: most + 1])]
    end = whole[-1] if whole else words.rfind(" ", 0, most)
    end = end if end > 0 else most
    for command in TYPED.finditer(words):
        if command.start() < end < command.end():
            end = command.start()
    return f"{words[:end].rstrip()} ...".lstrip()


def commands(words: str) -> Markup:
    """
    A sentence of ours whose commands stand out, each as one thing: it is copied, and no line ends within one that fits a line.

    What ends the sentence, or parts it, stays with the command: it would begin a line of its own.
    """
    text, told, since = printable(words, lines=True), Markup(), 0
    for found in _COMMAND.finditer(text):
        command, ends = found.groups()
        told += escape(text[since : found.start()])
        told += Markup('<span class="command"><code>{}</code>{}</span>').format(command, ends)
        since = found.end()
    return told + escape(text[since:])


def _shown(value: Any) -> Any:
    """What a template puts into a page: markup of ours as it is, the words of others without what steers the eye."""
    if type(value) is Theirs:
        return _theirs(escape(printable(value, lines=True)))
    return printable(value, lines=True) if type(value) is str else value


def _called(title: str, identifier: str) -> Theirs:
    """What a thing is called, in the words of others."""
    return Theirs(called(title, identifier))


def _theirs(made: Markup) -> Markup:
    """Words of others as they are: no command in them is named otherwise, or told as one."""
    return Markup("connector&#32;").join(made.split("connector "))
