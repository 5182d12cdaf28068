"""
Text of PDF files, page by page, through PDFium: pages, filled forms, mark-ups, bookmarks, names and text of attachments.

What is marked hidden stays out: annotations, password fields, and layers that are off when the file is opened.

Source: ISO 32000-1, 8.11 (optional content), 12.5 (annotations), 12.7 (forms); PDFium's public headers.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from connector.document.clean import TextGatherer
from connector.text.embedded import Inside, Readable
from connector.text.glyph_order import char_at, in_letters, letters_of
from connector.text.html import MAX_RICH_STEPS, markup_to_raw
from connector.text.named_glyphs import NamedGlyphs
from connector.text.reasons import NoTextError, Reason
from connector.text.scanned_pages import is_scan

if TYPE_CHECKING:
    from connector.text.layers import Layers

# PDFium marks a hyphen at the end of a line that follows a letter. Between small letters it parts a word, which is
# joined again; beside a number, a name or an abbreviation it belongs to it: RIB-1042, Oslo-Bergen, VVS-anlegg. Before
# an "and" it stands for the rest of a word: sand- og grusgrøfter.
_HYPHEN: Final = re.compile("(.?)[\x02\ufffe](?:\r\n)?(?=(.)?)|(?<=\\d)-\r\n(?=\\w)", re.DOTALL)
_AND: Final = re.compile(r"\s*(?:og|eller|samt|och|und|oder|bzw|and|or|en|of|ja|tai|lub|oraz|et|ou)\b")
_MARGIN: Final = 1.0
"""Of a page, in points, beyond which a letter lies beside it."""
_GLUED: Final = re.compile(r"[^\W\d_]{24,}")
"""A word of so many letters may be several ones with narrow gaps."""
_NARROW_GAP: Final = 0.08
"""Of the size of the font: what is wider parts words; between letters of one word there is less (observed)."""
_MAX_ANNOTATIONS: Final = 5_000
_MAX_BOOKMARKS: Final = 5_000
_MAX_ATTACHMENTS: Final = 5_000
_MAX_SCANNED: Final = 500
_MAX_FIELD_BYTES: Final = 200_000
_MAX_GAP_CHARS: Final = 20_000
_MAX_OBJECTS: Final = 200_000
_PIECE_BYTES: Final = 1_000_000
_MAX_COPIED_BYTES: Final = 50_000_000
_MAX_PACKETS: Final = 100
_MAX_PACKET_BYTES: Final = 20_000_000
_NOT_SEEN: Final = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD_FIELD: Final = 1 << 13
_WITHOUT_WORDS: Final = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})


def read_pdf(file: Readable, gatherer: TextGatherer, inside: Inside, scanned: list[int]) -> None:
    """
    Gather a PDF; a page that cannot be read is passed over, none is opened beyond the limit.

    Args:
        scanned: takes the numbers of the pages, from 0, that are pictures of words.

    Raises:
        NoTextError: ENCRYPTED, a password is needed to open it; BROKEN, PDFium cannot open it or any page.
    """
    try:
        document = pypdfium2.PdfDocument(file if isinstance(file, Path) else file.open("rb"), autoclose=True)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        document = None if encrypted else _open_cut(file)
        if document is None:
            raise NoTextError(Reason.ENCRYPTED if encrypted else Reason.BROKEN) from error
        gatherer.cut = True
    with document, _Reader(document, file, gatherer, inside, scanned) as reader:
        reader.read()
        for number in range(min(_MAX_ATTACHMENTS, raw.FPDFDoc_GetAttachmentCount(document))):
            attachment = raw.FPDFDoc_GetAttachment(document, number)
            _add_attachment(inside, attachment)


def _open_cut(file: Readable) -> Any:
    """A document that was cut before its trailer; None where it is none, or too large to be held."""
    from connector.text.cut_pdf import with_trailer

    with file.open("rb") as stream:
        content = stream.read(_MAX_COPIED_BYTES + 1)
    whole = with_trailer(content) if len(content) <= _MAX_COPIED_BYTES else None
    try:
        return pypdfium2.PdfDocument(whole) if whole else None
    except pypdfium2.PdfiumError:
        return None


class _Reader:
    """The pages of one document."""

    def __init__(
        self, document: Any, file: Readable, gatherer: TextGatherer, inside: Inside, scanned: list[int]
    ) -> None:
        self._scanned = scanned
        self._document = document
        self._file = file
        self._gatherer = gatherer
        self._inside = inside
        self._layers: Layers | None = None
        self._looked_for_layers = False
        self._named_glyphs = NamedGlyphs()
        self._form_kind = document.get_formtype()
        if self._form_kind != raw.FORMTYPE_NONE:
            document.init_forms()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._layers is not None:
            self._layers.close()

    def read(self) -> None:
        pages = len(self._document)
        unreadable = 0
        for number in range(pages):
            if self._gatherer.full:
                return
            try:
                self._gatherer.add(self._read_page(number) + "\n")
            except pypdfium2.PdfiumError:
                unreadable += 1
                self._gatherer.cut = True
        if unreadable == pages:
            raise NoTextError(Reason.BROKEN)
        if self._form_kind == raw.FORMTYPE_XFA_FULL:
            from connector.text.xfa import read_form

            read_form(_packets(self._document), self._gatherer)
        for bookmark in self._bookmarks():
            self._gatherer.add(bookmark + "\n")

    def _read_page(self, number: int) -> str:
        page = self._document[number]
        try:
            layers = self._find_layers() if _may_have_layers(page) else None
            left_out = _annotations_off(layers, number)
            secret: list[int] = []
            notes = list(self._notes(page, secret, left_out))
            left_out |= {*secret}
            for annotation in sorted(left_out, reverse=True):
                raw.FPDFPage_RemoveAnnot(page, annotation)
            copied = _copied(layers, number, left_out)
            if copied is not None:
                text = self._text_of_copy(copied)
            else:
                if notes:
                    # what annotations show becomes part of the page
                    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
                    page.close()
                    page = self._document[number]
                text = self._words(self._document, number, page)
            if len(self._scanned) < _MAX_SCANNED and is_scan(page, text):
                self._scanned.append(number)
        finally:
            page.close()
        # what has no picture of itself on the page, or says more than it
        return "\n".join([text, *(note for note in dict.fromkeys(notes) if note and note not in text)])

    def _text_of_copy(self, content: bytes) -> str:
        """The words of a page that was copied without what is hidden on it."""
        with pypdfium2.PdfDocument(content) as copy:
            page = copy[0]
            try:
                raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
                page.close()
                page = copy[0]
                return self._words(copy, 0, page, without_layers=True)
            finally:
                page.close()

    def _words(self, document: Any, number: int, page: Any, *, without_layers: bool = False) -> str:
        """The words of a page, also of glyphs that tell their letters by names alone."""
        text = _page_text(page, self._named_glyphs, without_layers=without_layers)
        content = self._named_glyphs.copy_page(document, number)
        if content is None:
            return text
        with suppress(pypdfium2.PdfiumError), pypdfium2.PdfDocument(content) as copy:
            text, before = _page_text(copy[0], without_layers=without_layers), text
            self._named_glyphs.count(in_vain=text == before)
        return text

    def _find_layers(self) -> Layers | None:
        if not self._looked_for_layers:
            self._looked_for_layers = True
            if _names_layers(self._file):
                from connector.text.layers import find_layers

                self._layers = find_layers(self._file, self._saved)
        return self._layers

    def _saved(self) -> io.BytesIO | None:
        """The document as PDFium writes it, without its lock: pypdf opens none that is locked by AES. None where it is too large to be held."""
        with self._file.open("rb") as stream:
            if stream.seek(0, io.SEEK_END) > _MAX_COPIED_BYTES:
                return None
        written = io.BytesIO()
        self._document.save(written, flags=raw.FPDF_REMOVE_SECURITY)
        return written

    def _notes(self, page: Any, secret: list[int], left_out: frozenset[int] | set[int]) -> Iterator[str]:
        """
        What annotations say; an empty string for one that may only show something.

        Args:
            secret: takes the numbers of those that must not be shown either.
            left_out: numbers of those that are not looked at.
        """
        form = self._document.formenv
        for number in range(min(_MAX_ANNOTATIONS, raw.FPDFPage_GetAnnotCount(page))):
            annotation = raw.FPDFPage_GetAnnot(page, number) if number not in left_out else None
            if not annotation:
                continue
            try:
                kind = raw.FPDFAnnot_GetSubtype(annotation)
                if kind in _WITHOUT_WORDS or raw.FPDFAnnot_GetFlags(annotation) & _NOT_SEEN:
                    continue
                if kind == raw.FPDF_ANNOT_WIDGET:
                    if form is None:
                        yield ""
                        yield _rich(annotation, b"RV")
                    elif raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD_FIELD:
                        secret.append(number)
                    else:
                        yield _field(form, annotation) or _rich(annotation, b"RV")
                else:
                    said = _wide(partial(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")).strip()
                    yield said or _rich(annotation, b"RC")
                    if kind == raw.FPDF_ANNOT_FILEATTACHMENT:
                        _add_attachment(self._inside, raw.FPDFAnnot_GetFileAttachment(annotation))
            finally:
                raw.FPDFPage_CloseAnnot(annotation)

    def _bookmarks(self) -> Iterator[str]:
        try:
            for count, bookmark in enumerate(self._document.get_toc()):
                if count >= _MAX_BOOKMARKS or self._gatherer.full:
                    return
                yield bookmark.get_title()
        except pypdfium2.PdfiumError:
            return


def _field(form: Any, annotation: Any) -> str:
    """The value of a field as it was filled in; nothing of a button that is off."""
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in {raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON}:
        if not raw.FPDFAnnot_IsChecked(form, annotation):
            return ""
        return _wide(partial(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)).strip()
    return _wide(partial(raw.FPDFAnnot_GetFormFieldValue, form, annotation)).strip()


def _wide(get: Callable[[Any, int], int]) -> str:
    """A text that PDFium gives in UTF-16 with its final zero; empty where there is none."""
    size = get(None, 0)
    if not 2 < size <= _MAX_FIELD_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace")


def _content(attachment: Any, most: int) -> bytes | None:
    size = ctypes.c_ulong()
    if not raw.FPDFAttachment_GetFile(attachment, None, 0, size):
        return b""
    if size.value > most:
        return None
    buffer = ctypes.create_string_buffer(size.value)
    raw.FPDFAttachment_GetFile(attachment, buffer, size.value, size)
    return buffer.raw[: size.value]


def _page_text(page: Any, named: NamedGlyphs | None = None, *, without_layers: bool = False) -> str:
    text_page = page.get_textpage()
    try:
        paper = _cut_paper(page, text_page)
        text = text_page.get_text_range()
        if named is not None:
            named.look(text_page, text)
        letters = letters_of(text_page, text)
        if without_layers or paper is not None:
            text = _shown(text_page, paper, letters, without_layers=without_layers)
        elif letters is not None:
            text = in_letters(text_page, letters)
        elif _GLUED.search(text):
            text = _with_narrow_gaps(text_page, text)
    finally:
        text_page.close()
    return _HYPHEN.sub(_hyphen, text)


def _hyphen(mark: re.Match[str]) -> str:
    """What stands for a hyphen at the end of a line, behind the letter before it."""
    before, after = mark[1] or "", mark[2] or ""
    if _AND.match(mark.string, mark.end()):
        return f"{before}- "
    return before if after.islower() and not before.isupper() else f"{before}-"


def _packets(document: Any) -> dict[str, bytes]:
    """The parts of a form that stands in XML, by name."""
    found = {}
    for number in range(min(_MAX_PACKETS, raw.FPDF_GetXFAPacketCount(document))):
        name = ctypes.create_string_buffer(100)
        size = ctypes.c_ulong()
        raw.FPDF_GetXFAPacketName(document, number, name, 100)
        if (
            raw.FPDF_GetXFAPacketContent(document, number, None, 0, size)
            and 0 < size.value <= _MAX_PACKET_BYTES
        ):
            content = ctypes.create_string_buffer(size.value)
            raw.FPDF_GetXFAPacketContent(document, number, content, size.value, size)
            found[name.value.decode("utf-8", "replace")] = content.raw
    return found


def _add_attachment(inside: Inside, attachment: Any) -> None:
    if attachment:
        name = _wide(partial(raw.FPDFAttachment_GetName, attachment))
        inside.add(name, "", partial(_content, attachment))


def _rich(annotation: Any, key: bytes) -> str:
    """Rich text, which stands in XHTML, where there is no plain one."""
    return markup_to_raw(
        _wide(partial(raw.FPDFAnnot_GetStringValue, annotation, key)), MAX_RICH_STEPS
    ).strip()


def _annotations_off(layers: Layers | None, number: int) -> set[int]:
    """Places of the annotations of a page that belong to layers that are off."""
    if layers is None:
        return set()
    from connector.text.layers import ODD

    try:
        return set(layers.annotations_off(number))
    except ODD:
        return set()


def _copied(layers: Layers | None, number: int, left_out: set[int]) -> bytes | None:
    """A page without what is hidden; None where nothing is, or it cannot be told."""
    if layers is None:
        return None
    from connector.text.layers import ODD

    try:
        return layers.copy_page(number, frozenset(left_out))
    except ODD:
        return None


def _names_layers(file: Readable) -> bool:
    """Whether a file may name layers at all: where it says so in plain letters, or packs what it says."""
    tail = b""
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            if b"/OCProperties" in tail + piece or b"/ObjStm" in tail + piece:
                return True
            tail = piece[-20:]
    return False


def _may_have_layers(page: Any) -> bool:
    """Whether something on a page belongs to a layer, or is a drawing or an annotation that may as a whole."""
    for number in range(min(_MAX_ANNOTATIONS, raw.FPDFPage_GetAnnotCount(page))):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if annotation:
            belongs = raw.FPDFAnnot_HasKey(annotation, b"OC")
            raw.FPDFPage_CloseAnnot(annotation)
            if belongs:
                return True
    for number in range(min(_MAX_OBJECTS, raw.FPDFPage_CountObjects(page))):
        item = raw.FPDFPage_GetObject(page, number)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_FORM or (kind == raw.FPDF_PAGEOBJ_TEXT and _layers_of(item)):
            return True
    return False


def _layers_of(item: Any) -> list[str]:
    """The names of the layers that an object belongs to; an empty name where it is not told."""
    found = []
    for number in range(min(50, raw.FPDFPageObj_CountMarks(item))):
        mark = raw.FPDFPageObj_GetMark(item, number)
        if _mark_text(partial(raw.FPDFPageObjMark_GetName, mark)) == "OC":
            found.append(_mark_text(partial(raw.FPDFPageObjMark_GetParamStringValue, mark, b"Name")))
    return found


def _mark_text(get: Callable[[Any, int, Any], int]) -> str:
    size = ctypes.c_ulong()
    if not get(None, 0, size) or not 2 < size.value <= _MAX_FIELD_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size.value)
    get(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size.value, size)
    return buffer.raw[: size.value - 2].decode("utf-16-le", errors="replace")


def _cut_paper(page: Any, text_page: Any) -> Any:
    """The part of a page that is shown, where words lie wholly beside it: of one that was cropped those go on to stand in the file."""
    paper, box = raw.FS_RECTF(), [ctypes.c_double() for _ in range(4)]
    if not raw.FPDF_GetPageBoundingBox(page, paper) or paper.left >= paper.right:
        return None
    for number in range(raw.FPDFText_CountRects(text_page, 0, -1)):
        raw.FPDFText_GetRect(text_page, number, *box)
        left, top, right, bottom = (one.value for one in box)
        if _is_beside(paper, left, right, bottom, top):
            return paper
    return None


def _is_beside(paper: Any, left: float, right: float, bottom: float, top: float) -> bool:
    return bool(
        right < paper.left - _MARGIN
        or left > paper.right + _MARGIN
        or top < paper.bottom - _MARGIN
        or bottom > paper.top + _MARGIN
    )


def _is_on(paper: Any, text_page: Any, number: int, box: list[Any]) -> bool:
    """Whether a letter has a part on the paper, or begins there; `box` holds four numbers, whatever they are."""
    if not raw.FPDFText_GetCharBox(text_page, number, *box):
        return True
    left, right, bottom, top = (one.value for one in box)
    if not _is_beside(paper, left, right, bottom, top):
        return True
    raw.FPDFText_GetCharOrigin(text_page, number, *box[:2])
    x, y = box[0].value, box[1].value
    return not _is_beside(paper, x, x, y, y)


def _shown(text_page: Any, paper: Any, letters: Mapping[int, str] | None, *, without_layers: bool) -> str:
    """
    The words of a page that are shown.

    Args:
        paper: the part of the page that is; None where no word lies beside it.
        letters: of glyphs whose letters nobody tells.
        without_layers: it was copied, and words of layers that are off bear a mark.
    """
    from connector.text.layers import MARK

    pieces: list[str] = []
    known: dict[int, bool] = {}
    box = [ctypes.c_double() for _ in range(4)]
    for number in range(raw.FPDFText_CountChars(text_page)):
        char = char_at(text_page, number, letters)
        if paper is not None and not char.isspace() and not _is_on(paper, text_page, number, box):
            continue
        if not without_layers:
            pieces.append(char)
            continue
        item = raw.FPDFText_GetTextObject(text_page, number)
        address = ctypes.cast(item, ctypes.c_void_p).value or 0
        if address and address not in known:
            known[address] = MARK in _layers_of(item)
        if not known.get(address, False):
            pieces.append(char)
    return "".join(pieces)


def _with_narrow_gaps(text_page: Any, text: str) -> str:
    """The text with blanks where gaps between letters are narrower than PDFium takes for one; its own where that is no help."""
    count = raw.FPDFText_CountChars(text_page)
    if count > _MAX_GAP_CHARS:
        return text
    pieces: list[str] = []
    right: float | None = None
    level, added = 0.0, 0
    box = raw.FS_RECTF()  # as wide as the font makes the letter, not as its ink
    for number in range(count):
        char = char_at(text_page, number)
        if char.isalnum() and raw.FPDFText_GetLooseCharBox(text_page, number, box):
            size = raw.FPDFText_GetFontSize(text_page, number) or 1.0
            same_line = abs(box.bottom - level) < size / 2
            if right is not None and same_line and box.left - right > _NARROW_GAP * size:
                pieces.append(" ")
                added += 1
            right, level = box.right, box.bottom
        else:
            right = None
        pieces.append(char)
    # letters that are spaced out would fall apart
    return text if added > count / 4 else "".join(pieces)
