"""What kind of file it is: content first, then the extension, the declared type last."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Final

from connector.text import archive, ole
from connector.text.charset import SAMPLE_BYTES, detect_encoding, looks_binary
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
    HTML = "html"
    XML = "xml"
    PLAIN = "plain"


_PICTURES_AND_SOUND: Final = """
    avif bmp cr2 dng emf eps gif heic heif ico jfif jp2 jpe jpeg jpg nef png psd raw svgz tga tif tiff webp
    wmf aac aif aiff avi flac m4a m4v mkv mov mp3 mp4 mpeg mpg oga ogg ogv wav webm wma wmv
"""
_DRAWINGS_AND_MODELS: Final = """
    3dm 3ds bcf bimx blend catpart catproduct dgn dwf dwfx dwg dwt dxf e57 fbx glb gltf ifc ifcxml ifczip iges
    igs jt kof laz las max nwc nwd nwf obj pcd pla pln ply prt rcp rcs rfa rte rvt sat sbs shp shx skp smc
    sldasm sldprt step stl stp u3d usdz vsd vsdx vwx x_b x_t xyz
"""
# Not zip: renamed office files are zips, so their content decides.
_ARCHIVES_AND_PROGRAMS: Final = """
    7z bz2 cab gz iso rar tar tgz xz z zst
    accdb bak bin class com db dbf dll dmg exe jar ldb ldf mdb mpp msi pst so sqlite sqlite3 sys
    eot otf ttf woff woff2
"""
_TEXTLESS_EXTENSIONS: Final = frozenset(
    (_PICTURES_AND_SOUND + _DRAWINGS_AND_MODELS + _ARCHIVES_AND_PROGRAMS).split()
)
_TEXTLESS_TYPES: Final = re.compile(
    r"(image|audio|video|font|model)/(?!svg)|application/(acad|dxf|x-step|step)"
)
_READABLE_TYPES: Final = re.compile(
    r"text/|application/(pdf|rtf|xml|msword|epub\+zip|vnd\.(ms-(excel|powerpoint|outlook)|openxmlformats|oasis\.opendocument))"
)
_HTML: Final = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body|meta|title)\b",
    re.I | re.S,
)
_XML: Final = re.compile(r"\s*<(\?xml|!DOCTYPE|[A-Za-z_][\w.-]*(:[\w.-]+)?(\s+[\w:.-]+\s*=|\s*/?>))")
_MAIL_HEADER: Final = re.compile(
    r"^(Return-Path|Received|Delivered-To|From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-Type|X-[\w-]+|"
    r"Reply-To|DKIM-Signature|Authentication-Results|Thread-Topic|User-Agent):",
    re.I | re.M,
)
_DOCUMENT_EXTENSIONS: Final = frozenset({kind.value for kind in Kind} | {"odt", "ods", "odp", "odg"})
_HTML_EXTENSIONS: Final = frozenset({"htm", "html", "xhtml", "aspx", "asp", "php"})


def has_no_text(name: str, mime_type: str) -> bool:
    """
    Tell by name and declared type alone that a file is a picture, a drawing, a model and the like.

    Such a file need not be downloaded. Where extension and type contradict each other, its content decides.
    """
    extension = _extension(name)
    mime = mime_type.lower()
    if extension in _TEXTLESS_EXTENSIONS:
        return not _READABLE_TYPES.match(mime)
    return not extension and bool(_TEXTLESS_TYPES.match(mime))


def tell_kind(path: Path, name: str, mime_type: str) -> Kind:
    """
    Tell the kind of a file on disk.

    Raises:
        NoTextError: NO_TEXT_FORMAT, EMPTY (no bytes), ENCRYPTED, BOMB or BROKEN.
    """
    with path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    if not head:
        raise NoTextError(Reason.EMPTY)
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(archive.SIGNATURES):
        return _tell_package(path)
    if head.startswith(ole.SIGNATURE):
        kind = ole.tell_ole_kind(path)
        if kind == "other":
            raise NoTextError(Reason.NO_TEXT_FORMAT)
        return Kind(kind)
    if head.lstrip()[:5] == b"{\\rtf":
        return Kind.RTF
    if looks_binary(head):
        raise NoTextError(_why_binary(_extension(name), mime_type))
    return _tell_text(head, _extension(name), mime_type.lower())


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower().strip() if "." in name else ""


def _why_binary(extension: str, mime_type: str) -> Reason:
    """Bytes that no reader knows: damaged if a document was promised, else a kind without text."""
    promised = extension in _DOCUMENT_EXTENSIONS
    return Reason.BROKEN if promised or _READABLE_TYPES.match(mime_type.lower()) else Reason.NO_TEXT_FORMAT


def _tell_package(path: Path) -> Kind:
    with archive.open_package(path) as package:
        names = package.NameToInfo
        mime = archive.read_member(package, "mimetype", 200)
        if b"opendocument" in mime or ("content.xml" in names and "META-INF/manifest.xml" in names):
            manifest = archive.read_member(package, "META-INF/manifest.xml", 1_000_000)
            if b"encryption-data" in manifest or "encrypted-package" in names:
                raise NoTextError(Reason.ENCRYPTED)
            return Kind.ODF
        if b"epub" in mime:
            if "META-INF/encryption.xml" in names and "META-INF/rights.xml" in names:
                raise NoTextError(Reason.ENCRYPTED)
            return Kind.EPUB
        if "xl/workbook.bin" in names:
            return Kind.XLSB
        for folder, kind in (("word/", Kind.DOCX), ("xl/", Kind.XLSX), ("ppt/", Kind.PPTX)):
            if "[Content_Types].xml" in names and any(member.startswith(folder) for member in names):
                return kind
    raise NoTextError(Reason.NO_TEXT_FORMAT)


def _tell_text(head: bytes, extension: str, mime: str) -> Kind:
    if head.startswith((b"ISO-10303-21", b"%!PS")) or re.match(rb"\s*0\r?\n\s*SECTION\r?\n", head):
        raise NoTextError(Reason.NO_TEXT_FORMAT)
    start = (
        head[:8192].decode(detect_encoding(head[:8192], use_declared=True), errors="replace").lstrip("\ufeff")
    )
    if _HTML.match(start) or (extension in _HTML_EXTENSIONS and "<" in start):
        return Kind.HTML
    if _XML.match(start) and (
        start.lstrip().startswith("<?xml") or extension not in {"txt", "md", "csv", "tsv", "log"}
    ):
        return Kind.HTML if mime == "text/html" else Kind.XML
    headers = start.partition("\n\n")[0] if "\r\n" not in start else start.partition("\r\n\r\n")[0]
    if len({found.lower() for found in _MAIL_HEADER.findall(headers)}) >= 3 and _MAIL_HEADER.match(headers):
        return Kind.EML
    if extension == "eml" or mime == "message/rfc822":
        return Kind.EML
    if extension in _TEXTLESS_EXTENSIONS:
        raise NoTextError(Reason.NO_TEXT_FORMAT)
    return Kind.PLAIN
