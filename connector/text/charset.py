"""Bytes of unknown encoding to characters: PURE guessing, then decoding piece by piece."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import IO, Final

SAMPLE_BYTES: Final = 65_536
_CHUNK_BYTES: Final = 65_536
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_SINGLE_BYTE: Final = ("cp1252", "cp1250", "cp865", "mac_roman", "cp1251", "koi8_r", "cp866", "cp1253")
_JAPANESE: Final = ("cp932", "euc_jp")
_MULTI_BYTE: Final = ("cp932", "euc_jp", "euc_kr", "gb18030", "big5")
_MULTI_BYTE_NAMES: Final = frozenset(
    [
        "cp932",
        "euc_jp",
        "euc_jis_2004",
        "euc_kr",
        "cp949",
        "johab",
        "gb18030",
        "gbk",
        "gb2312",
        "hz",
        "big5",
        "cp950",
        "big5hkscs",
        "iso2022_jp",
        "iso2022_jp_2",
        "iso2022_jp_ext",
        "iso2022_kr",
        "utf-8",
        "utf-16",
        "utf-7",
    ]
)
_CALLED: Final = {
    "latin1": "cp1252", "latin-1": "cp1252",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "8859-1": "cp1252", "iso-8859-9": "cp1254", "iso8859-9": "cp1254",
    "shift-jis": "cp932", "shift_jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "ms-kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "iso2022_jp": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext", "gb2312": "gb18030", "gbk": "gb18030", "gb-2312-80": "gb18030", "x-gbk": "gb18030",
    "windows-936": "gb18030", "cp936": "gb18030", "hz-gb-2312": "hz", "big5": "big5hkscs", "x-big5": "big5hkscs",
    "big5-hkscs": "big5hkscs", "cp950": "big5hkscs", "euc-kr": "cp949", "euc_kr": "cp949", "ks-c-5601-1987": "cp949", "ksc5601": "cp949",
    "windows-949": "cp949", "macintosh": "mac_roman", "x-mac-roman": "mac_roman", "x-mac-ce": "mac_latin2",
    "x-mac-cyrillic": "mac_cyrillic", "windows-874": "cp874", "tis-620": "cp874", "iso-8859-11": "cp874",
    "iso-8859-6-i": "iso8859_6", "iso-8859-6-e": "iso8859_6", "iso-8859-8-i": "iso8859_8", "iso-8859-8-e": "iso8859_8",
    "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf8": "utf-8", "utf-8-mac": "utf-8", "x-unknown": "",
    "koi8": "koi8_r", "cp65001": "utf-8", "cp1200": "utf-16-le", "cp1201": "utf-16-be", "cp10000": "mac_roman", "cp20127": "ascii",
    "cp20866": "koi8_r", "cp21866": "koi8_u", "cp28591": "cp1252", "cp28592": "iso8859_2", "cp28594": "iso8859_4",
    "cp28595": "iso8859_5", "cp28597": "iso8859_7", "cp28599": "cp1254", "cp28603": "iso8859_13", "cp28605": "iso8859_15",
    "cp50225": "iso2022_kr", "cp51932": "euc_jp", "cp51949": "cp949", "cp54936": "gb18030", "cp10029": "mac_latin2",
}  # fmt: skip
_NO_ENCODINGS: Final = frozenset(
    {
        "idna",
        "punycode",
        "unicode-escape",
        "unicode_escape",
        "raw-unicode-escape",
        "raw_unicode_escape",
        "undefined",
        "mbcs",
        "oem",
    }
)
# Letters that people of the north and west really write; the rest of cp1252 is seen mostly in wrong guesses.
_WESTERN: Final = frozenset("åäöæøÅÄÖÆØéèêëüßçñáàâíìîïóòôõúùûÉÜðþýœ")
_WRITTEN_MARKS: Final = frozenset("«»“”„‘’‚–—…•°§€£±²³µ½¼¾·×®©´¨№，。、！？：；（）「」《》・～ー　")


def detect_encoding(sample: bytes, *, use_declared: bool = False) -> str:
    """
    Tell the encoding of a text by its first SAMPLE_BYTES, or the whole of it; always names a codec.

    Order: byte order mark, zero bytes of UTF-16 and UTF-32, valid UTF-8, what the text declares (HTML, XML),
    the candidate whose letters look most like words.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    wide = _detect_wide(sample)
    if wide:
        return wide
    if _decodes(sample, "utf-8") and (len(sample) >= SAMPLE_BYTES or _decodes(sample, "utf-8", whole=True)):
        return "iso2022_jp" if b"\x1b$" in sample and _decodes(sample, "iso2022_jp") else "utf-8"
    declared = _DECLARED.search(sample[:2048]) if use_declared else None
    if declared:
        name = codec_named(declared.group(1).decode("ascii"))
        if name and _decodes(sample, name):
            return name
    high_lines = b"\n".join(line for line in sample.splitlines() if not line.isascii())[:8192]
    return max((*_SINGLE_BYTE, *_MULTI_BYTE), key=lambda candidate: _plausibility(high_lines, candidate))


def codec_named(name: str) -> str | None:
    """
    Name the codec for what a mail, a page or a file calls its encoding; None for one that nobody knows.

    Names of a part of an encoding mean the whole, as all programs take them (WHATWG Encoding standard).
    """
    known = _CALLED.get(name.strip().strip("\"'").lower().replace("_", "-"), name.strip())
    try:
        info = codecs.lookup(known)
    except (LookupError, ValueError):
        return None
    # some codecs of Python are no encodings of files; two of them take quadratic time
    return (
        None
        if info.name in _NO_ENCODINGS or not info._is_text_encoding
        else _CALLED.get(info.name, info.name)
    )


def decode_bytes(raw: bytes, name: str = "") -> str:
    """
    Decode bytes as what they are called; where that is wrong or nothing, as what they look like.

    UTF-8 that is called something else is UTF-8: no other text is valid as such by chance.
    """
    codec = codec_named(name) if name else None
    if (
        codec is not None
        and codec not in _MULTI_BYTE_NAMES
        and not raw.isascii()
        and _decodes(raw, "utf-8", whole=True)
    ):
        return raw.decode()
    if codec is not None:
        try:
            return raw.decode(codec)
        except UnicodeError:
            pass
    if raw.isascii() and not codec:
        return raw.decode("ascii")
    guess = detect_encoding(raw[:SAMPLE_BYTES])
    # a multi-byte encoding with some damage is still that encoding
    best = codec if codec in _MULTI_BYTE_NAMES and guess not in {"utf-8"} else guess
    return raw.decode(best, errors="replace")


def decode_page(raw: bytes) -> str:
    """Decode an HTML page by what it declares, else by its looks."""
    declared = _DECLARED.search(raw[:4096])
    return decode_bytes(raw, declared.group(1).decode("ascii") if declared else "")


def read_characters(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield the characters of a stream in pieces; what cannot be decoded becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while chunk := stream.read(_CHUNK_BYTES):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def looks_binary(sample: bytes) -> bool:
    """Tell whether the first bytes of a file are no text in any encoding."""
    if any(sample.startswith(mark) for mark, _ in _MARKS) or _detect_wide(sample):
        return False
    odd = sum(sample.count(byte) for byte in _ODD_BYTES)
    return b"\x00" in sample or odd > len(sample) // 50


_ODD_BYTES: Final = tuple(bytes([code]) for code in range(1, 32) if code not in {7, 8, 9, 10, 12, 13, 26, 27})


def _detect_wide(sample: bytes) -> str | None:
    """Find UTF-16 or UTF-32 without a mark: Latin text has its zero bytes all on one side."""
    size = len(sample) // 4 * 4
    if size < 8 or b"\x00" not in sample:
        return None
    zeros = [sample[:size][offset::4].count(0) * 4 / size for offset in range(4)]
    for encoding, empty, used in (
        ("utf-32-le", (1, 2, 3), (0,)),
        ("utf-32-be", (0, 1, 2), (3,)),
        ("utf-16-le", (1, 3), (0, 2)),
        ("utf-16-be", (0, 2), (1, 3)),
    ):
        if all(zeros[place] > 0.6 for place in empty) and all(zeros[place] < 0.02 for place in used):
            return encoding if _decodes(sample, encoding) else None
    return None


def _decodes(sample: bytes, encoding: str, *, whole: bool = False) -> bool:
    """Try a codec; unless the sample is the whole text, it may end in the middle of a character."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample, final=whole)
    except (UnicodeError, LookupError, AttributeError, AssertionError):
        return False
    return True


def _plausibility(sample: bytes, encoding: str) -> float:
    """Score a guess: letters that stand together like words count up, symbols inside words count down."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
    except UnicodeError:
        return -1e9
    score = 0.0
    for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if char >= "\x80":
            score += _worth(before, char, after, encoding) * (2 if encoding in _MULTI_BYTE else 1)
    # The first of equals wins: order in the tables is the order of likelihood.
    return score


def _worth(before: str, char: str, after: str, encoding: str) -> float:
    category = unicodedata.category(char)
    if category in {"Ll", "Lu"}:
        return _worth_of_letter(before, char, after)
    if category == "Lo":
        if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
            return -1.0
        return _worth_in_the_east(char, encoding)
    if category.startswith("C") or char == "\ufffd":
        return -3.0
    if char in _WRITTEN_MARKS and not (before.isalpha() and after.isalpha() and char not in "’´·"):
        return 0.3
    return -1.5 if before.isalpha() or after.isalpha() else -0.3


def _worth_in_the_east(char: str, encoding: str) -> float:
    if "\u3041" <= char <= "\u30ff":
        return 1.5 if encoding in _JAPANESE else 0.3
    if "\uac00" <= char <= "\ud7a3":
        return 1.2
    # Korean of today is written without Chinese characters: they betray a wrong guess.
    return 0.9 if encoding != "euc_kr" and _is_everyday_han(char) else -0.5


def _worth_of_letter(before: str, char: str, after: str) -> float:
    if char.isupper() and before.islower():
        return -1.5
    foreign = char in _WESTERN or unicodedata.name(char, "").startswith("LATIN")
    if foreign:
        crowd = (before >= "\x80" and before.isalpha()) + (after >= "\x80" and after.isalpha())
        return (1.0 if char in _WESTERN else 0.7) - 0.8 * crowd
    mixed = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
    return -2.0 if mixed else 1.0


def _is_everyday_han(char: str) -> bool:
    """Tell the 3,755 everyday characters of GB 2312 and the 5,401 of Big5 from the rare rest."""
    try:
        if b"\xb0" <= char.encode("gb2312")[:1] <= b"\xd7":
            return True
    except UnicodeError:
        pass
    try:
        return b"\xa4" <= char.encode("big5")[:1] <= b"\xc6"
    except UnicodeError:
        return False
