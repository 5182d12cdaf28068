"""What `check` looks at on this machine: the text cache, people's files, and who can read secrets. Writes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from connector.machine.storage import MOUNT, READ_ONLY, is_read_only, words_of_little_room
from connector.people.file import read_people_file, say_mixed_up, tell_problems
from connector.text.tesseract import find_tesseract, say_what_is_missing
from connector.wiring.offline import Offline, people_rows_read_last


def look_here(app: Offline) -> list[str]:
    """Everything on this machine that would keep a run from its work, or its secrets from being secret; in words."""
    return [
        *_folder(app.loaded.folder / app.settings.text.cache, "text.cache"),
        *([told] if (told := app.orders_file().trouble()) else []),
        *_people(app),
        *_secrets(app.loaded.secret_files),
    ]


def _folder(folder: Path, key: str) -> list[str]:
    """A folder that exists and can be written, or could be made."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        return [f"{key}: {there} is a file, but must be a folder"]
    if is_read_only(there):
        return [f"{key}: {READ_ONLY.format(there)}. {MOUNT}"]
    if full := words_of_little_room(there / "any"):
        return [f"{key}: The disk of {there} is full. {full}"]
    if not os.access(there, os.W_OK | os.X_OK):
        what = (
            "cannot be written"
            if there == folder
            else f"cannot be created, because {there} cannot be written"
        )
        return [f"{key}: {folder} {what} by this user{_whose(there)}"]
    return []


def _whose(path: Path) -> str:
    status = path.stat()
    return f" ({path} belongs to user {status.st_uid}, mode {stat.S_IMODE(status.st_mode):04o}; this is user {os.geteuid()})"


def look_at_ocr(app: Offline) -> tuple[bool, str]:
    """Whether OCR can do what the settings ask of it, and how it stands, in words."""
    part = app.settings.text.ocr
    if not part.languages:
        return True, (
            "OCR is off: scanned pages and pictures are found by their names only. To have them read at night, set "
            "text.ocr.languages and install Tesseract with these languages: apt-get install tesseract-ocr tesseract-ocr-eng"
        )
    missing = say_what_is_missing(part.languages, find_tesseract())
    if missing:
        return False, f"text.ocr.languages: {missing}"
    if not part.at:
        return True, "OCR is ready but never starts, because text.ocr.at is empty."
    return True, (
        f"OCR reads scanned pages and pictures in {', '.join(part.languages)}, for up to {part.budget_s:g} s of processor time "
        "a day, while connector serve runs."
    )


def _people(app: Offline) -> list[str]:
    told = []
    for name, part in app.settings.sources.items():
        if named := part.people_file():
            key = f"sources.{name}.people"
            file = app.loaded.folder / named
            read = read_people_file(file, key)
            if read.problems:
                told.append(f"{key}: {file}: {tell_problems(read.problems)}")
            if mixed := say_mixed_up(people_rows_read_last(app, name) or {}, read):
                told.append(f"{key}: {file} {mixed}")
    return told


def _secrets(files: tuple[str, ...]) -> list[str]:
    return [
        f"{file} holds secrets and can be read by everybody on this machine; run: chmod o= {file}"
        for file in files
        if _is_open(Path(file))
    ]


def _is_open(file: Path) -> bool:
    """Whether everybody may read a file, and may reach it through the folders above."""
    try:
        above = file.resolve().parents
        return bool(file.stat().st_mode & stat.S_IROTH) and all(
            one.stat().st_mode & stat.S_IXOTH for one in above
        )
    except OSError:
        return False
