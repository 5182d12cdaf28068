"""
ZIP archives: the names of their members, and the text of each as far as the budget goes.

Source: PKWARE APPNOTE 6.3.10, 4.4.4 (bit 11: names in UTF-8) and appendix D.
"""

from __future__ import annotations

import zipfile
from functools import partial
from typing import Final

from connector.text.archive import BAD, open_package
from connector.text.charset import decode_bytes
from connector.text.embedded import Inside, Readable

_NAME_IS_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1


def read_zip(file: Readable, inside: Inside) -> None:
    """
    Gather what an archive holds; a member with a password gives its name.

    Raises:
        NoTextError: BOMB or BROKEN, as open_package.
    """
    with open_package(file, passwords=True) as package:
        for member in package.infolist():
            if member.filename and not member.is_dir():
                inside.add(member_name(member), "", partial(_content, package, member))


def member_name(member: zipfile.ZipInfo) -> str:
    """The name of a member; programs of Windows write it in the code page of their country, and do not say which."""
    if member.flag_bits & _NAME_IS_UTF8 or member.filename.isascii():
        return member.filename
    try:
        return decode_bytes(member.filename.encode("cp437"))
    except UnicodeEncodeError:
        return member.filename


def _content(package: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes | None:
    if member.flag_bits & _ENCRYPTED or member.file_size > most:
        return None
    try:
        with package.open(member) as stream:
            content = stream.read(most + 1)
    except (*BAD, RuntimeError):
        return None
    return content if len(content) <= most else None
