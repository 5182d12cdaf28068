"""Makes packages of Office and OpenDocument out of the few lines of XML that a test is about."""

from __future__ import annotations

import re

import file_makers as make

W = 'xmlns:w="urn:w" xmlns:a="urn:a" xmlns:c="urn:c" xmlns:r="urn:r"'
OPEN_SPACES = " ".join(
    f'xmlns:{prefix}="urn:{prefix}"'
    for prefix in ("office", "text", "style", "table", "draw", "presentation", "dc", "form", "chart", "loext")
)
TYPES = (
    '<Types><Default Extension="xml" ContentType="application/xml"/><Override PartName="/{main}" '
    'ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
)
Target = tuple[str, str]
"""The last word of a relationship's kind, and where it leads."""


def expect(text: str, words: str, *, without: str = "") -> None:
    """Each word stands by itself in a text, glued to no neighbour, and none of the others is anywhere in it."""
    for word in words.split(";"):
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text), f"{word} is not in {text[:300]!r}"
    for word in filter(None, without.split(";")):
        assert word not in text, f"{word} leaks"


def rels(*targets: Target) -> str:
    rows = "".join(
        f'<Relationship Id="r{n}" Type="http://x/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets)
    )
    return f"<Relationships>{rows}</Relationships>"


def package(main: str, kind: str, parts: dict[str, bytes | str]) -> bytes:
    return make.make_zip(
        {
            "[Content_Types].xml": TYPES.format(main=main, kind=kind),
            "_rels/.rels": rels(("officeDocument", main)),
            **parts,
        }
    )


def make_word(body: str, *targets: Target, **parts: bytes | str) -> bytes:
    """A DOCX; `parts` by their names below word/, with `__` for a slash and `_x` for the last dot."""
    return package(
        "word/document.xml",
        "wordprocessingml.document",
        {
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": rels(*targets),
            **{f"word/{_named(name)}": content for name, content in parts.items()},
        },
    )


def make_slide(body: str, *targets: Target, **parts: bytes | str) -> bytes:
    """A PPTX of one slide; `parts` below ppt/."""
    return package(
        "ppt/presentation.xml",
        "presentationml.presentation",
        {
            "ppt/presentation.xml": "<p:presentation xmlns:p='urn:p'/>",
            "ppt/_rels/presentation.xml.rels": rels(("slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f"<p:sld xmlns:p='urn:p' {W}>{body}</p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": rels(*targets),
            **{f"ppt/{_named(name)}": content for name, content in parts.items()},
        },
    )


def make_sheet(rows: str, *targets: Target, code: str = "", **parts: bytes | str) -> bytes:
    """An XLSX of one sheet, whose cell format 1 has a format code; `parts` below xl/."""
    styles = (
        f'<styleSheet><numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    return package(
        "xl/workbook.xml",
        "spreadsheetml.sheet",
        {
            "xl/workbook.xml": "<workbook xmlns='urn:s'><sheets><sheet name='Ark'/></sheets></workbook>",
            "xl/_rels/workbook.xml.rels": rels(
                ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")
            ),
            "xl/styles.xml": styles,
            "xl/worksheets/sheet1.xml": f"<worksheet {W}><sheetData>{rows}</sheetData></worksheet>",
            "xl/worksheets/_rels/sheet1.xml.rels": rels(*targets),
            **{f"xl/{_named(name)}": content for name, content in parts.items()},
        },
    )


def make_open(
    kind: str, body: str, *, styles: str = "", automatic: str = "", **objects: bytes | str
) -> bytes:
    """An OpenDocument file; `objects` by name, with `__` for a blank."""
    return make.make_zip(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": "<m/>",
            "content.xml": f"<office:document-content {OPEN_SPACES}><office:automatic-styles>{automatic}</office:automatic-styles>"
            f"<office:body>{body}</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {OPEN_SPACES}>{styles}</office:document-styles>",
            **{
                name.replace("__", " ") + ("/content.xml" if isinstance(content, str) else ""): content
                for name, content in objects.items()
            },
        }
    )


def _named(name: str) -> str:
    return re.sub(r"_(x\w+|bin)$", r".\1", name.replace("__", "/"))
