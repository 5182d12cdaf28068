"""What the name and the declared type of a file tell alone, before anything of it is read: PURE."""

from __future__ import annotations

import re
from typing import Final

from connector.text.reasons import Reason

_PICTURES_AND_SOUND: Final = """
    avif bmp cr2 dng emf eps gif heic heif ico jfif jp2 jpe jpeg jpg nef png psd raw svgz tga tif tiff webp
    wmf aac aif aiff avi flac m4a m4v mkv mov mp3 mp4 mpeg mpg oga ogg ogv wav webm wma wmv
"""
_DRAWINGS_AND_MODELS: Final = """
    3dm 3ds bimx blend catpart catproduct dgn dwf dwfx dwg dwt e57 fbx glb gltf iges
    igs jt kof laz las max nwc nwd nwf obj pcd pla pln ply prt rcp rcs rfa rte rvt sat sbs shp shx skp smc
    sldasm sldprt step stl stp u3d usdz vsd vsdx vwx x_b x_t xyz
"""
# Not zip: it is read, and renamed office files are zips.
_ARCHIVES: Final = """
    7z ace arj bz2 cab gz iso lha lz lzh rar tar tbz2 tgz txz xz z zst
"""
# joboptions: settings of Distiller, in forty languages, that it puts into the PDFs it makes.
_PROGRAMS: Final = """
    accdb bak bin class com db dbf dll dmg exe jar ldb ldf mdb mpp msi pst so sqlite sqlite3 sys
    eot otf ttf woff woff2 joboptions
"""
ARCHIVES: Final = frozenset(_ARCHIVES.split())
TEXTLESS_EXTENSIONS: Final = frozenset((_PICTURES_AND_SOUND + _DRAWINGS_AND_MODELS + _PROGRAMS).split())
_TEXTLESS_TYPES: Final = re.compile(r"(image|audio|video|font|model)/(?!svg)|application/(acad|x-step|step)")
READABLE_TYPES: Final = re.compile(
    r"text/|application/(pdf|rtf|xml|msword|epub\+zip|vnd\.(ms-(excel|powerpoint|outlook)|openxmlformats|oasis\.opendocument))"
)


_READ_BY_OCR: Final = frozenset(
    ["bmp", "gif", "jfif", "jp2", "jpe", "jpeg", "jpg", "png", "tif", "tiff", "webp"]
)
_TYPES_READ_BY_OCR: Final = re.compile(r"image/(bmp|gif|jp2|jpe?g|pjpeg|png|tiff?|webp|x-ms-bmp|x-png)\b")


def is_picture(name: str, mime_type: str) -> bool:
    """Tell by name, or without an extension by the declared type, that a file is a picture that OCR can read."""
    extension = extension_of(name)
    return extension in _READ_BY_OCR or (
        not extension and _TYPES_READ_BY_OCR.match(mime_type.lower()) is not None
    )


def why_no_text(name: str, mime_type: str) -> Reason | None:
    """
    Tell by name and declared type alone that a file is a picture, a model, an archive that is not opened and the like.

    Such a file need not be downloaded. Where extension and type contradict each other, its content decides.
    """
    extension = extension_of(name)
    mime = mime_type.lower()
    if extension in ARCHIVES:
        return Reason.ARCHIVE
    if extension in TEXTLESS_EXTENSIONS:
        return None if READABLE_TYPES.match(mime) else Reason.NO_TEXT_FORMAT
    return Reason.NO_TEXT_FORMAT if not extension and _TEXTLESS_TYPES.match(mime) else None


def extension_of(name: str) -> str:
    """The extension of a file's name in lower case, empty without one."""
    return name.rpartition(".")[2].lower().strip() if "." in name else ""


SIGNED_EXTENSIONS: Final = frozenset({"p7m", "p7s"})
PAGE_EXTENSIONS: Final = frozenset({"htm", "html", "xhtml", "aspx", "asp", "php"})
PAGE: Final = "page"
MAIL_EXTENSION: Final = "eml"
MAIL_TYPE: Final = "message/rfc822"
MODEL_EXTENSION: Final = "ifc"


def taken_for(name: str, mime_type: str) -> str:
    """
    What a file is taken for because of its name or its declared type, where the same bytes would be read in another way under others.

    Empty where the content alone decides, as for nearly every file.
    """
    extension = extension_of(name)
    if extension in SIGNED_EXTENSIONS:
        return "signed"
    if extension in PAGE_EXTENSIONS:
        return PAGE
    if extension == MODEL_EXTENSION:
        return "model"
    if extension == MAIL_EXTENSION or mime_type.lower() == MAIL_TYPE:
        return "mail"
    return "without text" if extension in TEXTLESS_EXTENSIONS else ""
