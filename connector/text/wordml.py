"""
What a reader sees of the XML of Word, PowerPoint and drawings: handlers for one part each. PURE.

Deleted, moved and hidden text stays out: what its run or its style hides, shapes that are switched off, what was
repeated for old programs. Prefixes of names are not looked at, since generators choose their own.

Source: ECMA-376 part 1, sections 17 (WordprocessingML), 19 (PresentationML), 21 (DrawingML); part 4 (VML).
"""

from __future__ import annotations

import re
from typing import Final

from connector.document.clean import TextGatherer

_BREAKS: Final = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_REPEATED: Final = "Fallback"
"""What was said already, for old programs."""
_SKIPPED: Final = frozenset(
    {
        _REPEATED,
        "moveFrom",  # moved away from here
        "del",
        "conflictDel",  # taken out by one of two who wrote at once
        "delText",
        "delInstrText",
        "instrText",
        "tabs",  # tab stops of a style
        "rt",  # how the letters below it are spoken
        "rPrChange",  # how it looked before: hidden, perhaps
        "pPrChange",
        "sectPrChange",
        "trPrChange",
        "tcPrChange",
        "tblPrChange",
    }
)
_OWN_PARAGRAPH: Final = frozenset({"txbxContent", "footnote", "endnote", "comment", "threadedComment", "cm"})
_SHAPES: Final = frozenset(
    {"sp", "pic", "graphicFrame", "grpSp", "cxnSp", "anchor", "inline", "shape", "rect", "roundrect", "oval"}
    | {"wsp", "wgp", "group"}
)
_OF_TABLES: Final = frozenset({"tr", "tc"})
_OF_NO_RUN: Final = frozenset({"pPr", "sdtPr", "sdtEndPr", "ctrlPr"})
"""How marks look, and what is still to be filled in."""
_NAMING: Final = frozenset({"chart", "relIds", "OLEObject", "oleObj", "altChunk", "subDoc"})
"""What shows another part of the package: charts, diagrams, what was inserted whole."""
_ADDRESSES: Final = (":id", ":dm")
_STARTED: Final = (
    _SKIPPED
    | _NAMING
    | _SHAPES
    | _OWN_PARAGRAPH
    | _BREAKS.keys()
    | {"p", "t", "text", "r", "vanish", "specVanish", "tc", "rStyle", "pStyle", "cNvPr", "docPr", "textpath"}
    | {"ddList", "listEntry", "result", "default", "fldChar", "annotation", "framePr"}
    | {"tbl", "tblStyle", "tr", "trPr", "hidden", "cellDel", *_OF_NO_RUN}
)
_ENDED: Final = (
    _SKIPPED
    | _SHAPES
    | _OWN_PARAGRAPH
    | {"p", "t", "text", "r", "tc", "tr", "trPr", "tbl", "ddList", "annotation", *_OF_NO_RUN}
)
"""Most elements say how letters look, and are none of these."""
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERRING: Final = frozenset(
    {"footnoteReference", "endnoteReference", "headerReference", "footerReference", "titlePg"}
)
_COMMENTING: Final = frozenset({"commentReference", "commentRangeStart", "commentRangeEnd"})
_NOTES: Final = frozenset({"footnote", "endnote", "comment"})
HIDDEN_BY_STYLE: Final = re.compile(r"visibility\s*:\s*hidden|display\s*:\s*none", re.IGNORECASE)
_OFF: Final = frozenset({"0", "false", "off"})
_ON: Final = frozenset({"1", "true", "on"})
_FILE_OF_PICTURE: Final = re.compile(r"\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)\s*$", re.IGNORECASE)
_UNSEEN_PART: Final = re.compile(
    r"/(?:\w+/(?:glossary|slidelayouts|slidemasters|notesmasters|handoutmasters|theme|tags)|docprops|customxml)/"
)
"""Of a package in one piece: what stands in it beside what is shown."""
_MAX_STYLES: Final = 50_000
_MAX_FIELDS: Final = 100
"""Within each other: a field in the code of a field in the code of a field is rare."""


def unescaped(text: str) -> str:
    """Decode characters that XML cannot hold: `_x000D_` is a carriage return (ECMA-376 part 1, 22.9.2.19)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def attribute(attributes: dict[str, str], name: str, otherwise: str = "") -> str:
    """The value of an attribute, whatever its prefix."""
    if name in attributes:
        return attributes[name]
    ending = f":{name}"
    return next((value for key, value in attributes.items() if key.endswith(ending)), otherwise)


STANDARD: Final = ""
"""Stands for the style of the paragraphs that name none."""


class HiddenStyles:
    """Finds the styles whose text is hidden, by themselves or by the one they are based on."""

    done = False

    def __init__(self) -> None:
        self._hidden: dict[str, bool] = {}
        self._based_on: dict[str, str] = {}
        self._style = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style" and len(self._based_on) < _MAX_STYLES:
            self._style = attribute(attributes, "styleId")
            standard = attribute(attributes, "default").lower() in _ON
            if standard and attribute(attributes, "type") == "paragraph":
                self._based_on[STANDARD] = self._style
        elif name == "tblStylePr":  # of some cells of a table alone
            self._style = ""
        elif not self._style:
            return
        elif name == "basedOn":
            self._based_on[self._style] = attribute(attributes, "val")
        elif name in {"vanish", "specVanish"}:
            self._hidden[self._style] = attribute(attributes, "val", "1").lower() not in _OFF

    def end(self, name: str) -> None:
        if name == "style":
            self._style = ""

    def characters(self, data: str) -> None:
        """Styles have no text."""

    def names(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(one for one in {*self._hidden, *self._based_on} if self._hides(one))

    def _hides(self, style: str) -> bool:
        for _ in range(100):  # some are based on each other
            if style in self._hidden:
                return self._hidden[style]
            if style not in self._based_on:
                return False
            style = self._based_on[style]
        return False


class WordText:
    """
    Gathers WordprocessingML and DrawingML: text stands in `t`, paragraphs are `p`, rows of tables `tr`.

    Args:
        hidden_styles: ids of styles whose text is hidden.
    """

    def __init__(self, gatherer: TextGatherer, hidden_styles: frozenset[str] = frozenset()) -> None:
        self._gatherer = gatherer
        self._hidden_styles = hidden_styles
        self._in_text = False
        self._cell_depth = 0
        self._skip_depth = 0
        self._in_paragraph_properties = 0
        self._paragraphs: list[bool] = []
        """Of the paragraphs around, whether their style hides them."""
        self._shapes: list[bool] = []
        """Of the shapes, and the rows and cells of tables, around, whether they are switched off."""
        self._tables: list[bool] = []
        """Of the tables around, whether their style hides them."""
        self._in_row_properties = False
        self._hidden = False
        """The run is hidden; what its paragraph's mark says is of the mark alone."""
        self._runs: list[bool] = []
        """Of the runs around, in which boxes hang, whether they are hidden."""
        self._fields: list[bool] = []
        """Of the fields around, whether their code is being read."""
        self._formatting: list[bool] = []
        """Of the annotations of Word 2003 around, whether they tell how something looked before."""
        self._described = ""
        """What the last shape says that it shows."""
        self._choices: list[str] | None = None
        self._chosen = 0
        self._named: dict[str, bool] = {}
        """Relationships that something names, and whether anything does that is shown."""
        self._repeated = 0
        """Whether what is read is repeated for old programs."""
        self._in_initial = False
        """The paragraph is the large first letter of the next one."""

    @property
    def unseen(self) -> frozenset[str]:
        """Relationships to parts that something names which is hidden or was deleted, and nothing else."""
        return frozenset(one for one, shown in self._named.items() if not shown)

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _STARTED:
            return
        if name in _NAMING:
            self._name_part(attributes)
        if name in _SHAPES or name in _OF_TABLES:
            self._shapes.append(False)
            if HIDDEN_BY_STYLE.search(attributes.get("style", "")):
                self._switch_off()
            elif "alt" in attributes and not self._skip_depth and not self._hidden:
                self._describe(attributes["alt"])
        if name in _SKIPPED:
            if self._in_row_properties and name == "del":
                self._switch_off()
            self._skip_depth += 1
            self._repeated += name == _REPEATED
        elif name == "p":
            self._paragraphs.append(STANDARD in self._hidden_styles or self._in_hidden_table)
        elif name == "r":
            self._runs.append(self._hidden)
            self._hidden = self._hidden or (bool(self._paragraphs) and self._paragraphs[-1])
        elif name == "annotation":
            self._formatting.append(attribute(attributes, "type") == "Word.Formatting")
            self._skip_depth += self._formatting[-1]
        elif self._skip_depth:
            return
        elif name in {"t", "text"}:
            self._in_text = True
        elif name in _OF_NO_RUN:
            self._in_paragraph_properties += 1
        elif name in {"vanish", "specVanish"} and not self._in_paragraph_properties:
            self._hidden = self._hangs_hidden or attribute(attributes, "val", "1").lower() not in _OFF
        elif name == "tc":
            self._cell_depth += 1
            if attributes.get("hMerge", "").lower() in _ON or attributes.get("vMerge", "").lower() in _ON:
                self._switch_off()  # of a table of a slide: another cell covers it
        elif name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")
        elif name in _BREAKS:
            if not self._hidden:
                self._gatherer.add(_BREAKS[name])
        else:
            self._start_rarer(name, attributes)

    def _start_rarer(self, name: str, attributes: dict[str, str]) -> None:
        if name == "rStyle":
            if not self._in_paragraph_properties and attribute(attributes, "val") in self._hidden_styles:
                self._hidden = True
        elif name == "pStyle" and self._paragraphs:
            self._paragraphs[-1] = (
                self._in_hidden_table or attribute(attributes, "val") in self._hidden_styles
            )
        elif name == "tbl":
            self._tables.append(self._in_hidden_table)
        elif name == "tblStyle" and self._tables:
            self._tables[-1] = self._in_hidden_table or attribute(attributes, "val") in self._hidden_styles
        elif name == "framePr":
            self._in_initial = attribute(attributes, "dropCap", "none") != "none"
        elif name == "trPr":
            self._in_row_properties = True
        elif name == "cellDel" or (name == "hidden" and self._in_row_properties):
            if attribute(attributes, "val", "1").lower() not in _OFF:
                self._switch_off()
        elif name == "fldChar":
            self._take_field(attribute(attributes, "fldCharType"))
        elif name in {"cNvPr", "docPr"}:
            if attributes.get("hidden", "").lower() in _ON:
                self._switch_off()
            elif not self._hidden:
                self._describe(attributes.get("title", ""), attributes.get("descr", ""))
        elif self._hidden:
            return
        elif name == "textpath":  # words drawn along a line: what stands across a draft
            self._gatherer.add(f"\n{attributes.get('string', '')}\n")
        elif name == "ddList":
            self._choices, self._chosen = [], 0
        elif self._choices is not None:
            value = attribute(attributes, "val")
            if name == "listEntry":
                self._choices.append(value)
            elif name in {"result", "default"} and value.isdecimal():
                self._chosen = int(value[:9])

    def end(self, name: str) -> None:
        if name not in _ENDED:
            return
        if name in _SKIPPED:
            self._skip_depth -= 1
            self._repeated -= name == _REPEATED
        elif name in {"t", "text"}:
            self._in_text = False
        elif name == "r":
            self._hidden = self._runs.pop() if self._runs else False
        elif name == "annotation":
            self._skip_depth -= self._formatting.pop() if self._formatting else False
        elif name in _OF_NO_RUN:
            if not self._skip_depth:
                self._in_paragraph_properties = max(0, self._in_paragraph_properties - 1)
        elif name == "p":
            del self._paragraphs[-1:]
            # a code that has no end hides no more than its paragraph
            self._fields = [False] * len(self._fields)
            if not self._in_initial:
                self._gatherer.add(" " if self._cell_depth else "\n")
            self._in_initial = False
        elif name == "tc":
            self._cell_depth = max(0, self._cell_depth - 1)
            self._gatherer.add("\t")
        elif name == "trPr":
            self._in_row_properties = False
        elif name == "tbl":
            if not self._skip_depth:
                del self._tables[-1:]
        elif name == "tr" or name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")
        elif name == "ddList" and self._choices is not None:
            if self._chosen < len(self._choices):
                self._gatherer.add(self._choices[self._chosen] + " ")
            self._choices = None
        if (name in _SHAPES or name in _OF_TABLES) and self._shapes and self._shapes.pop():
            self._skip_depth -= 1

    def characters(self, data: str) -> None:
        if self._in_text and not self._skip_depth and not self._hidden and not any(self._fields):
            self._gatherer.add(unescaped(data))

    @property
    def _in_hidden_table(self) -> bool:
        return bool(self._tables) and self._tables[-1]

    @property
    def _hangs_hidden(self) -> bool:
        """Whether what is read hangs in a run that is hidden."""
        return bool(self._runs) and self._runs[-1]

    def _name_part(self, attributes: dict[str, str]) -> None:
        if self._skip_depth and self._skip_depth == self._repeated:
            return
        shown = not self._skip_depth and not self._hidden
        for key, value in attributes.items():
            if key.endswith(_ADDRESSES):
                self._named[value] = self._named.get(value, False) or shown

    def _take_field(self, kind: str) -> None:
        if kind == "begin":
            if len(self._fields) < _MAX_FIELDS:
                self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields and kind == "end":
            self._fields.pop()

    def _describe(self, *said: str) -> None:
        """Take what stands for a picture; some say it twice, of the place and of the picture, and old programs the file that it came from."""
        words = "\n".join(one for one in map(str.strip, said) if one and not _FILE_OF_PICTURE.search(one))
        if words and words != self._described:
            self._gatherer.add(f"\n{words}\n")
        self._described = words

    def _switch_off(self) -> None:
        """Pass over the rest of the innermost shape, row or cell: whoever opens the file does not see it."""
        if self._shapes and not self._shapes[-1]:
            self._shapes[-1] = True
            self._skip_depth += 1


class SlideText(WordText):
    """The same of a slide, which may be hidden as a whole."""

    shown = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sld" and attributes.get("show", "1").lower() in _OFF:
            self.shown = False
            self._skip_depth += 1
        super().start(name, attributes)


class CommentedText(WordText):
    """The same of what may be commented on."""

    def __init__(self, gatherer: TextGatherer, hidden_styles: frozenset[str] = frozenset()) -> None:
        super().__init__(gatherer, hidden_styles)
        self._comments: dict[str, bool] = {}
        """Those to which something refers, and whether anything does that is shown."""
        self._commented: set[str] = set()
        """Those of which it is told where what they speak of begins: some programs write no more."""
        self._marked: set[str] = set()
        """Those whose mark was not deleted, though it may be hidden: old versions of Word hid each."""
        self._begun: set[str] = set()
        self._spoken: set[str] = set()
        """Those that speak of something of which nothing was shown yet, and of something that is shown."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _COMMENTING:
            comment, shown = attribute(attributes, "id"), not self._skip_depth and not self._hidden
            if name == "commentReference":
                self._comments[comment] = self._comments.get(comment, False) or shown
                if not self._skip_depth:
                    self._marked.add(comment)
            elif name == "commentRangeEnd":
                self._begun.discard(comment)
            else:
                self._begun.add(comment)
                if shown:
                    self._commented.add(comment)
        super().start(name, attributes)
        if name == "t" and self._begun and self._in_text and not self._hidden:
            self._spoken |= self._begun
            self._begun.clear()

    @property
    def shown_comments(self) -> frozenset[str]:
        """Kinds and ids of the comments to which something refers that is shown, or that speak of something that is."""
        shown = {one for one, is_shown in self._comments.items() if is_shown} | (self._spoken & self._marked)
        return frozenset(f"comment {one}" for one in shown | (self._commented - self._comments.keys()))


class BodyText(CommentedText):
    """The same of a document's body, which tells what of the parts beside it is shown at all."""

    def __init__(self, gatherer: TextGatherer, hidden_styles: frozenset[str]) -> None:
        super().__init__(gatherer, hidden_styles)
        self._notes: set[str] = set()
        """Notes to which something refers that is shown."""
        self._headers: dict[str, set[str]] = {}
        self._has_first_pages = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _REFERRING:
            if name in {"footnoteReference", "endnoteReference"}:
                if not self._skip_depth and not self._hidden:
                    self._notes.add(f"{name.removesuffix('Reference')} {attribute(attributes, 'id')}")
            elif name == "titlePg":
                on = attribute(attributes, "val", "1").lower() not in _OFF
                self._has_first_pages = self._has_first_pages or (on and not self._skip_depth)
            elif not self._skip_depth:
                pages = attribute(attributes, "type", "default")
                self._headers.setdefault(attribute(attributes, "id"), set()).add(pages)
        super().start(name, attributes)

    @property
    def shown_notes(self) -> frozenset[str]:
        """Kinds and ids of the notes to which something refers that is shown: what is left of others stands in the file alone."""
        return frozenset(self._notes)

    def shown_headers(self, *, even_pages: bool) -> frozenset[str]:
        """
        Ids of headers and footers that a section names, of pages that the document has: Word keeps what stood elsewhere.

        Args:
            even_pages: whether those have headers of their own.
        """
        unseen = set() if self._has_first_pages else {"first"}
        unseen |= set() if even_pages else {"even"}
        return frozenset(one for one, pages in self._headers.items() if not pages <= unseen)


class NotesText(CommentedText):
    """
    Notes and comments, of those to which what is shown refers.

    Args:
        shown: kinds and ids, as BodyText tells them, and CommentedText.
    """

    def __init__(self, gatherer: TextGatherer, hidden_styles: frozenset[str], shown: frozenset[str]) -> None:
        super().__init__(gatherer, hidden_styles)
        self._shown = shown
        self._passing = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _NOTES:
            self._passing = f"{name} {attribute(attributes, 'id')}" not in self._shown
            self._skip_depth += self._passing
        super().start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        if name in _NOTES:
            self._skip_depth -= self._passing
            self._passing = False


class FlatText(WordText):
    """The same of a package that is one piece of XML, without the parts that nobody sees: templates, building blocks, data."""

    def __init__(self, gatherer: TextGatherer, hidden_styles: frozenset[str]) -> None:
        super().__init__(gatherer, hidden_styles)
        self._passing = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "part":
            self._passing = _UNSEEN_PART.match(attribute(attributes, "name").lower()) is not None
            self._skip_depth += self._passing
        super().start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        if name == "part":
            self._skip_depth -= self._passing
            self._passing = False
