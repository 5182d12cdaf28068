"""Second opinions: the words that other programs find in a file, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.texts.reading import words_of

TIMEOUT_S = 60
_OFFICE = "doc dot docx docm odt ott rtf ppt pptx odp"
_SHEETS = "xls xlsx ods"
_PYPDF = "import sys, pypdf\nfor page in pypdf.PdfReader(sys.argv[1]).pages: print(page.extract_text())"
_KREUZBERG = "import sys, kreuzberg\nprint(kreuzberg.extract_file_sync(sys.argv[1]).content)"


class Opinion:
    """A program that prints the text of a file of some formats."""

    def __init__(self, name: str, formats: str, command: Callable[[str, str], list[str]], needs: str) -> None:
        self.name = name
        self.formats = frozenset(formats.split())
        self._command = command
        self._needs = needs

    @property
    def installed(self) -> bool:
        """Whether it can be asked on this machine."""
        return shutil.which(self._needs) is not None

    def words(self, path: Path) -> set[str] | None:
        """The words that it finds; None when it finds none, fails or takes too long."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                done = subprocess.run(
                    self._command(str(path), folder),
                    capture_output=True,
                    timeout=TIMEOUT_S,
                    stdin=subprocess.DEVNULL,
                )
            except subprocess.TimeoutExpired:
                return None
            written = b"\n".join(one.read_bytes() for one in sorted(Path(folder).iterdir()) if one.is_file())
        return words_of((written or done.stdout).decode("utf-8", "replace")) or None


def _office(filter_: str) -> Callable[[str, str], list[str]]:
    return lambda path, folder: [
        "soffice", f"-env:UserInstallation=file://{Path(tempfile.gettempdir()) / 'connector-text-bench'}", "--headless",
        "--convert-to", filter_, "--outdir", folder, path,
    ]  # fmt: skip


ALL = (
    Opinion("pdftotext", "pdf", lambda path, _: ["pdftotext", "-enc", "UTF-8", path, "-"], "pdftotext"),
    Opinion("pypdf", "pdf", lambda path, _: [sys.executable, "-c", _PYPDF, path], sys.executable),
    Opinion("antiword", "doc dot", lambda path, _: ["antiword", "-m", "UTF-8.txt", path], "antiword"),
    Opinion("catdoc", "doc dot", lambda path, _: ["catdoc", "-d", "utf-8", path], "catdoc"),
    Opinion("xls2csv", "xls", lambda path, _: ["xls2csv", "-d", "utf-8", path], "xls2csv"),
    Opinion("catppt", "ppt", lambda path, _: ["catppt", "-d", "utf-8", path], "catppt"),
    Opinion("libreoffice", _OFFICE, _office("txt:Text (encoded):UTF8"), "soffice"),
    Opinion("libreoffice", _SHEETS, _office("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"), "soffice"),
    Opinion(
        "kreuzberg",
        f"{_OFFICE} {_SHEETS} xlsb html htm eml msg",
        lambda path, _: [sys.executable, "-c", _KREUZBERG, path],
        sys.executable,
    ),
)  # fmt: skip


def installed(named: str) -> list[Opinion]:
    """
    The opinions to be asked: `all` that are installed, `none`, or those of a list with commas.

    Raises:
        ValueError: one of the list is unknown, or not installed.
    """
    here = [one for one in ALL if one.installed]
    if named in {"all", "none"}:
        return here if named == "all" else []
    wanted = set(named.split(","))
    if missing := wanted - {one.name for one in here}:
        raise ValueError(f"not installed, or unknown: {', '.join(sorted(missing))}")
    return [one for one in here if one.name in wanted]
