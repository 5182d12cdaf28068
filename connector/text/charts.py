"""
What a reader sees of charts and of boxes of old drawings: handlers for one part each. PURE.

Source: ECMA-376 part 1, section 21.2 (charts); part 4 (VML).
"""

from __future__ import annotations

from typing import Final

from connector.document.clean import TextGatherer
from connector.text.wordml import HIDDEN_BY_STYLE

_STRINGS: Final = frozenset({"strCache", "strLit", "multiLvlStrCache", "strDim"})


class ChartText:
    """Gathers a chart's titles, names of series and categories; its numbers are those of a table elsewhere."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._strings = 0
        self._in_text = False

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _STRINGS:
            self._strings += 1
            self._gatherer.add("\n")
        self._in_text = name == "t" or (name in {"v", "pt"} and self._strings > 0)

    def end(self, name: str) -> None:
        if name in _STRINGS:
            self._strings -= 1
        if name in {"p", "v", "pt"} or name in _STRINGS:  # a title's letters may look different: one `t` each
            self._gatherer.add("\n")
        self._in_text = False

    def characters(self, data: str) -> None:
        if self._in_text:
            self._gatherer.add(data)


class CaptionText:
    """Gathers what stands in boxes of old drawings (VML): the captions of a form's boxes and buttons, which stand nowhere else."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._boxes = 0
        self._skip_depth = 0
        """How many elements are open within a box that is switched off, and it."""

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._boxes += name == "textbox"
        if self._skip_depth or HIDDEN_BY_STYLE.search(attributes.get("style", "")):
            self._skip_depth += 1

    def end(self, name: str) -> None:
        self._skip_depth -= self._skip_depth > 0
        if name == "textbox":
            self._boxes -= 1
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._boxes > 0 and not self._skip_depth:
            self._gatherer.add(data)
