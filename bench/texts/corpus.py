"""What is read where no folder is named: the tests' samples, one made file of each format, and a few large ones."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "text" / "samples"
SENTENCE = "Branntetting av gjennomføringer i akse {0}, kontrollert før støping av dekke {1}. "


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a folder, by its path below it, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".git" not in path.parts:
            yield str(path.relative_to(folder)), path


def make_corpus(folder: Path) -> None:
    """Write the made files; the same bytes each time, as far as their libraries do."""
    sys.path.insert(0, str(ROOT / "tests" / "text"))
    import file_makers as make

    made = {
        "pdf": make.make_pdf, "docx": make.make_docx, "xlsx": make.make_xlsx, "pptx": make.make_pptx, "odt": make.make_odt,
        "ods": make.make_ods, "odp": make.make_odp, "epub": make.make_epub, "eml": make.make_eml, "msg": make.make_msg,
    }  # fmt: skip
    for ending, maker in made.items():
        (folder / f"made.{ending}").write_bytes(maker())
    for ending, content in {
        "pdf": _large_pdf(), "docx": _large_docx(), "xlsx": _large_xlsx(), "csv": _large_csv(), "txt": _large_text(),
        "eml": _large_mail(), "html": _large_html(), "dxf": _large_drawing(), "ifc": _large_model(), "rtf": _large_rtf(),
    }.items():  # fmt: skip
        (folder / f"large.{ending}").write_bytes(content)


def _lines(count: int) -> Iterator[str]:
    for number in range(count):
        yield SENTENCE.format(number, number % 12)


def _large_pdf() -> bytes:
    import fpdf

    pdf = fpdf.FPDF()
    pdf.set_font("helvetica", size=9)
    for page in range(200):
        pdf.add_page()
        for line in _lines(50):
            pdf.cell(w=0, h=5, text=f"{page} {line}", new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _large_docx() -> bytes:
    import docx

    document = docx.Document()
    for line in _lines(5_000):
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _large_xlsx() -> bytes:
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Mengder")
    for number, line in enumerate(_lines(20_000)):
        sheet.append([number, line, number / 7, "m2", number % 2 == 0])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _large_csv() -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";")
    for number, line in enumerate(_lines(30_000)):
        rows.writerow([number, line, f"{number / 7:.2f}".replace(".", ",")])
    return out.getvalue().encode("latin-1")


def _large_text() -> bytes:
    return "\n".join(_lines(30_000)).encode()


def _large_html() -> bytes:
    return f"<html><body>{''.join(f'<p>{line}</p>' for line in _lines(20_000))}</body></html>".encode()


def _large_rtf() -> bytes:
    body = "".join(rf"\pard {line}\par " for line in _lines(20_000)).replace("ø", r"\'f8")
    return (r"{\rtf1\ansi\ansicpg1252 " + body + "}").encode("ascii")


def _large_mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Tegninger"
    message.set_content("\n".join(_lines(2_000)))
    for number in range(8):
        message.add_attachment(
            "\n".join(_lines(1_000)).encode(),
            maintype="text",
            subtype="plain",
            filename=f"liste {number}.txt",
        )
    return message.as_bytes()


def _large_drawing() -> bytes:
    texts = "".join(f"0\nTEXT\n8\nA-TEKST\n10\n1.0\n20\n2.0\n1\n{line}\n" for line in _lines(20_000))
    return f"0\nSECTION\n2\nENTITIES\n{texts}0\nENDSEC\n0\nEOF\n".encode()


def _large_model() -> bytes:
    head = "ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
    body = "".join(
        f"#{number}=IFCWALL('{number:022}',#1,'Yttervegg {number}',$,'{line}',$,$,$,$);\n"
        for number, line in enumerate(_lines(30_000))
    )
    return f"{head}{body}ENDSEC;\nEND-ISO-10303-21;\n".encode("ascii", "replace")
