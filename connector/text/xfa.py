"""
Forms of Adobe LiveCycle (XFA) in a PDF: captions and values, where the pages themselves only ask for another reader.

Source: XML Forms Architecture 3.3: template (caption, value, presence), data.
"""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.markup import read_xml
from connector.text.reasons import NoTextError

_HIDDEN: Final = frozenset({"hidden", "invisible", "inactive"})
_SKIPPED: Final = frozenset({"items", "script", "event", "validate", "calculate", "speak", "toolTip"})


class _Form:
    """Gathers the texts of a template that are shown, or all of the data that were filled in."""

    def __init__(self, gatherer: TextGatherer, *, data: bool) -> None:
        self._gatherer = gatherer
        self._data = data
        self._open: list[bool] = []
        """Of the elements around, whether they are passed over."""
        self._skip_depth = 0
        self._depth = 0

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        skipped = not self._data and (name in _SKIPPED or attributes.get("presence") in _HIDDEN)
        self._open.append(skipped)
        self._skip_depth += skipped
        wanted = {"data"} if self._data else {"text", "exData"}
        if name in wanted or self._depth:
            self._depth += 1

    def end(self, name: str) -> None:
        self._skip_depth -= self._open.pop() if self._open else False
        if self._depth:
            self._depth -= 1
            if self._data or not self._depth or name in {"p", "div"}:
                self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._depth and not self._skip_depth:
            self._gatherer.add(data)


def read_form(packets: dict[str, bytes], gatherer: TextGatherer) -> None:
    """Gather a form by its packets; what is damaged costs itself only."""
    for name in ("template", "datasets"):
        if name in packets:
            with suppress(NoTextError):
                read_xml(io.BytesIO(packets[name]), _Form(gatherer, data=name == "datasets"))
            gatherer.add("\n")
