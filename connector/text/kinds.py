"""What kind of file it is: content first, then the extension, the declared type last."""

from __future__ import annotations

import codecs
import re
from enum import Enum
from typing import Final

from connector.text import archive, bcf, ole
from connector.text.charset import SAMPLE_BYTES, detect_encoding, looks_binary
from connector.text.embedded import Readable
from connector.text.names import (
    MAIL_EXTENSION,
    MAIL_TYPE,
    MODEL_EXTENSION,
    PAGE_EXTENSIONS,
    READABLE_TYPES,
    SIGNED_EXTENSIONS,
    TEXTLESS_EXTENSIONS,
    extension_of,
)
from connector.text.package import open_office
from connector.text.reasons import NoTextError, Reason


class Kind(Enum):
    """The kinds of files that a reader exists for."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    XLSB = "xlsb"
    PPTX = "pptx"
    ODF = "odf"
    EPUB = "epub"
    DOC = "doc"
    XLS = "xls"
    PPT = "ppt"
    MSG = "msg"
    RTF = "rtf"
    EML = "eml"
    TNEF = "tnef"
    SIGNED = "p7m"
    CALENDAR = "ics"
    ZIP = "zip"
    BCF = "bcfzip"
    FLAT_ODF = "fodf"
    WORD_XML = "wordml"
    EXCEL_XML = "excelml"
    OBJECT = "ole"
    DXF = "dxf"
    IFC = "ifc"
    HTML = "html"
    XML = "xml"
    PLAIN = "plain"


_HTML: Final = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body|meta|title)\b",
    re.I | re.S,
)
_XML: Final = re.compile(r"\s*+<(\?xml|!DOCTYPE|[A-Za-z_][\w.-]*+(:[\w.-]++)?(\s++[\w:.-]++\s*+=|\s*+/?>))")
_WORD_XML: Final = re.compile(r"<(?:[\w.-]+:wordDocument|pkg:package)[\s>]")
_EXCEL_XML: Final = re.compile(r"<(?:[\w.-]+:)?Workbook\s[^>]*urn:schemas-microsoft-com:office:spreadsheet")
_FLAT_OPEN_DOCUMENT: Final = re.compile(r"<office:document\s")
_MAIL_HEADER: Final = re.compile(
    r"^(Return-Path|Received|Delivered-To|From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-Type|X-[\w-]+|"
    r"Reply-To|DKIM-Signature|Authentication-Results|Thread-Topic|User-Agent):",
    re.I | re.M,
)
_IN_PARTS: Final = re.compile(
    r"^Content-Type:\s*+multipart/[\w.-]++\s*+;(?:[^\n]|\n[ \t])*?\bboundary\s*=", re.I | re.M
)
_BEFORE_MAIL: Final = re.compile(r"\A\s*(?:From [^\r\n]{1,200}|\d{1,10}[ \t]*)\r?\n")
"""What a mailbox, and a program of Apple's, write before the headers of a mail."""
_DOCUMENT_EXTENSIONS: Final = frozenset({kind.value for kind in Kind} | {"odt", "ods", "odp", "odg"})
_ARCHIVE_MARKS: Final = (
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"MSCF\0",
    b"(\xb5/\xfd",
    b"\x1f\x9d",
    b"LZIP",
    b"\x04\x22\x4d\x18",
    b"\x60\xea",
)
_ARCHIVE: Final = re.compile(rb"..-lh[0-9d]-|07070[12][0-9A-Fa-f]{104}|.{257}ustar|.{32769}CD001", re.DOTALL)
"""The same of others, whose mark does not stand at their beginning (LHA, TAR, disks), or could be that of a text (CPIO)."""
_MAIN_PARTS: Final = (
    ("ms-excel.sheet.binary", Kind.XLSB),
    ("wordprocessingml", Kind.DOCX),
    ("ms-word", Kind.DOCX),
    ("spreadsheetml", Kind.XLSX),
    ("ms-excel", Kind.XLSX),
    ("presentationml", Kind.PPTX),
    ("ms-powerpoint", Kind.PPTX),
)
_OLD_SHEETS: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
"""How files of Excel 2, 3 and 4 begin, which are one sheet each."""
_OLD_WORD: Final = (b"\xdb\xa5", b"\xdc\xa5", b"\x9b\xa5", b"\xab\xa5", b"\xfe\x37", b"\x31\xbe")
_DRAWING: Final = re.compile(rb"(?:\s*+999[^\S\n]*+\n[^\n]*+\n)*+\s*+0[^\S\n]*+\n\s*+SECTION\b")
_PICTURE_MARKS: Final = (
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"GIF8",
    b"BM",
    b"\0\0\0\x0cjP  ",
    b"\xffO\xffQ",
)
_TNEF: Final = b"\x78\x9f\x3e\x22"
_CALENDAR: Final = re.compile(r"\s*BEGIN:(VCALENDAR|VCARD)\b", re.IGNORECASE)


def tell_kind(file: Readable, name: str, mime_type: str) -> Kind:
    """
    Tell the kind of a file by its content, then its name: whatever of that decides is told by `names.taken_for`, too.

    Raises:
        NoTextError: NO_TEXT_FORMAT, EMPTY (no bytes), ENCRYPTED, BOMB or BROKEN.
    """
    with file.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    if not head:
        raise NoTextError(Reason.EMPTY)
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(archive.SIGNATURES):
        return _tell_package(file)
    if head.startswith(ole.SIGNATURE):
        kind = ole.tell_ole_kind(file)
        if kind == "other":
            raise NoTextError(Reason.NO_TEXT_FORMAT)
        return Kind(kind)
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:5] == b"{\\rtf":
        return Kind.RTF
    if head.startswith(_OLD_SHEETS):
        return Kind.XLS
    if head[:2] in _OLD_WORD:
        raise NoTextError(Reason.TOO_OLD)
    if head.startswith(_TNEF):
        return Kind.TNEF
    if extension_of(name) in SIGNED_EXTENSIONS and (
        head[:1] == b"0" or (head[:1] == b"M" and head[:5] != b"MIME-") or head[:5] == b"-----"
    ):
        return Kind.SIGNED
    if head.startswith(b"AutoCAD Binary DXF"):
        raise NoTextError(Reason.NO_TEXT_FORMAT)
    if head.startswith(_ARCHIVE_MARKS) or _ARCHIVE.match(head):
        raise NoTextError(Reason.ARCHIVE)
    if looks_binary(head):
        raise NoTextError(_why_binary(extension_of(name), mime_type))
    return _tell_text(head, extension_of(name), mime_type.lower())


def _is_mail(start: str) -> bool:
    """Whether a text begins as mails do, or as a page that was saved with all its parts, which has fewer headers."""
    headers = start.partition("\n\n")[0] if "\r\n" not in start else start.partition("\r\n\r\n")[0]
    if not _MAIL_HEADER.match(headers):
        return False
    return len({found.lower() for found in _MAIL_HEADER.findall(headers)}) >= 3 or bool(
        _IN_PARTS.search(headers)
    )


def is_picture_inside(file: Readable) -> bool:
    """Whether a file is a picture by its content, of a kind that OCR reads."""
    with file.open("rb") as stream:
        head = stream.read(12)
    return head.startswith(_PICTURE_MARKS) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")


def _why_binary(extension: str, mime_type: str) -> Reason:
    """Bytes that no reader knows: damaged if a document was promised, else a kind without text."""
    promised = extension in _DOCUMENT_EXTENSIONS
    return Reason.BROKEN if promised or READABLE_TYPES.match(mime_type.lower()) else Reason.NO_TEXT_FORMAT


def _tell_package(file: Readable) -> Kind:
    with open_office(file) as package:
        mime = package.read("mimetype", 200)
        if b"opendocument" in mime or ("content.xml" in package and "meta-inf/manifest.xml" in package):
            manifest = package.read("meta-inf/manifest.xml", 1_000_000)
            if b"encryption-data" in manifest or "encrypted-package" in package:
                raise NoTextError(Reason.ENCRYPTED)
            return Kind.ODF
        if b"epub" in mime:
            if "meta-inf/encryption.xml" in package and "meta-inf/rights.xml" in package:
                raise NoTextError(Reason.ENCRYPTED)
            return Kind.EPUB
        if "xl/workbook.bin" in package:
            return Kind.XLSB
        _, content_type = package.main_part()
        for word, kind in _MAIN_PARTS:
            if word in content_type:
                return kind
        for folder, kind in (("word/", Kind.DOCX), ("xl/", Kind.XLSX), ("ppt/", Kind.PPTX)):
            if "[content_types].xml" in package and any(name.startswith(folder) for name in package.names):
                return kind
        if any(name.endswith(bcf.MARKUP) for name in package.names):
            return Kind.BCF
    return Kind.ZIP


def _tell_text(head: bytes, extension: str, mime: str) -> Kind:
    if head.startswith(b"%!PS"):
        raise NoTextError(Reason.NO_TEXT_FORMAT)
    if head.lstrip().startswith(b"ISO-10303-21"):
        if re.search(rb"FILE_SCHEMA\s*\(\s*\(\s*'IFC", head, re.IGNORECASE) or extension == MODEL_EXTENSION:
            return Kind.IFC
        raise NoTextError(Reason.NO_TEXT_FORMAT)
    if _DRAWING.match(head):
        return Kind.DXF
    start = (
        head[:8192].decode(detect_encoding(head[:8192], use_declared=True), errors="replace").lstrip("\ufeff")
    )
    if _HTML.match(start) or (extension in PAGE_EXTENSIONS and "<" in start):
        return Kind.HTML
    if _XML.match(start) and (
        start.lstrip().startswith("<?xml") or extension not in {"txt", "md", "csv", "tsv", "log"}
    ):
        if _FLAT_OPEN_DOCUMENT.search(start):
            return Kind.FLAT_ODF
        if _WORD_XML.search(start):
            return Kind.WORD_XML
        if _EXCEL_XML.search(start):
            return Kind.EXCEL_XML
        return Kind.HTML if mime == "text/html" else Kind.XML
    if _CALENDAR.match(start):
        return Kind.CALENDAR
    if _is_mail(_BEFORE_MAIL.sub("", start, count=1)):
        return Kind.EML
    if extension == MAIL_EXTENSION or mime == MAIL_TYPE:
        return Kind.EML
    if extension in TEXTLESS_EXTENSIONS:
        raise NoTextError(Reason.NO_TEXT_FORMAT)
    return Kind.PLAIN
