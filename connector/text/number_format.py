"""
Numbers of cells as a spreadsheet shows them: dates and times as ISO 8601, durations, percentages, leading zeros. PURE.

Groups of thousands are left out, since nobody searches for 12 500 as it is shown in one country; colours, padding and
conditions have no words.

Source: ECMA-376 part 1, 18.8.30 (numFmts) and 18.8.31 (format codes).
"""

from __future__ import annotations

import operator
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

MAX_CODE_CHARS: Final = 255
"""As Excel allows."""
BUILT_IN: Final = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 14: "yyyy-mm-dd", 15: "d-mmm-yy",
    16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm",
    27: "yyyy-mm-dd", 30: "m/d/yy", 36: "yyyy-mm-dd", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "0.0E+0", 49: "@", 50: "yyyy-mm-dd", 57: "yyyy-mm-dd",
}  # fmt: skip
# Day 0 of the 1900 system, which counts a 29 February 1900 that never was.
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a date in a cell has no time zone
DAYS_1904: Final = 1462
_PIECE: Final = re.compile(
    r'"([^"]*)"?|\\(.)|_.|\*.|\[([^\]]*)\]?|([0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+)|(%)|(E[+-]0+)|(@)|(.)',
    re.DOTALL,
)
_LONG: Final = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DATE_LETTERS: Final = re.compile(r"[ymdhs]", re.IGNORECASE)
_SHOWS_NOTHING: Final = re.compile(r"\s*;\s*;\s*(;\s*)?")
"""Sections for what is positive, negative, zero and text, all of them empty: how cells are made to show nothing."""
_QUOTED: Final = re.compile(r'"[^"]*"?|\\.', re.DOTALL)
_GENERAL: Final = re.compile(r"\bGeneral\b", re.IGNORECASE)
_CONDITION: Final = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d{1,15}(?:\.\d{1,9})?)\]")
_COMPARISONS: Final = {
    "<=": operator.le, ">=": operator.ge, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?Z?)?\Z")
_NOT_TIME: Final = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]?', re.IGNORECASE | re.DOTALL)


class Case(NamedTuple):
    """One section of a format, and the numbers that it is for: those that compare so with a limit, any without a sign."""

    sign: str
    limit: float
    form: Format
    word: str
    """What is shown instead of the number; empty: the number."""


class Format(NamedTuple):
    """What a format code does with a number."""

    kind: str
    """general, date, long (a duration in its first unit), number, groups (of digits, parted by signs), text, hidden, no number."""
    before: str = ""
    after: str = ""
    integers: int = 0
    decimals: int = -1
    percent: bool = False
    unit: str = ""
    groups: tuple[str, ...] = ()
    """Digits and what parts them, in turns."""
    thousands: int = 0
    """How often it is divided by thousand: 12.5M."""
    words: tuple[str, ...] = ()
    """What is shown instead of any positive number, any negative one, and zero; empty: the number."""
    text: tuple[str, str] = ("", "")
    """What is shown before and behind a text."""
    cases: tuple[Case, ...] = ()
    """Sections that are for some numbers only, in their order."""
    sides: tuple[Format | None, Format | None, Format | None] = (None, None, None)
    """What is told otherwise of positive numbers, of negative ones without their sign, and of zero: that nothing is shown, or other words around it."""


GENERAL: Final = Format("general")


@lru_cache(maxsize=2_000)
def parse_format(code: str) -> Format:
    """Read the first section of a format code, as far as it says more than how a number looks."""
    if nothing := _SHOWS_NOTHING.fullmatch(code):
        return Format("hidden" if nothing[1] else "no number")
    section, *others = _sections(code[:MAX_CODE_CHARS])
    form = _of_sections(section, others)
    texts = next((one for one in [section, *others][::-1] if "@" in _QUOTED.sub("", one)), "")
    return form._replace(text=_around_text(texts)) if texts else form


def _of_sections(section: str, others: list[str]) -> Format:
    sections = [section, *others][:3]
    if any(map(_CONDITION.search, sections)):
        return _parse_section(section)._replace(cases=tuple(map(_case, sections)))
    form = _parse_section(section)
    if not others:
        return form
    words = tuple(map(_words, sections))
    below = _side(sections[1], form)
    # without a section of its own zero is shown as what is positive
    zero = _side(sections[2], form) if len(sections) > 2 else _side(section, form)
    return form._replace(words=words if any(words) else (), sides=(_side(section, form), below, zero))


def _side(section: str, first: Format) -> Format | None:
    """What a section says otherwise than the first one: nothing at all, or other words around the number; None: no more than how it looks."""
    if not section.strip():
        return Format("no number")
    form = _parse_section(section)
    said = form.before + form.after
    other = said != first.before + first.after and any(map(str.isalnum, said))
    return form if form.kind in {"number", "around"} and other else None


def _case(section: str) -> Case:
    found = _CONDITION.search(section)
    rest = _CONDITION.sub("", section)
    sign, limit = (found[1], float(found[2])) if found else ("", 0.0)
    return Case(sign, limit, _parse_section(rest), _words(rest))


def _around_text(section: str) -> tuple[str, str]:
    """The words before and behind the place of the text."""
    said: list[list[str]] = [[], []]
    place = 0
    for piece in _PIECE.finditer(section):
        literal, escaped, *_, text, other = piece.groups()
        place = 1 if text else place
        said[place].append(literal or escaped or (other if other and not other.isalnum() else "") or "")
    return "".join(said[0]), "".join(said[1])


def write_text(text: str, form: Format) -> str:
    """Write the text of a cell as it is shown."""
    if form.kind == "hidden":
        return ""
    before, after = form.text
    return f"{before}{text}{after}" if text else ""


def write_iso(value: str, form: Format) -> str:
    """Write a moment that a cell holds in letters, as ISO 8601 has it; of a day alone no midnight, and no day of times alone."""
    found = _ISO.match(value)
    if form.kind in {"hidden", "no number"} or found is None:
        return "" if found else value
    day, time = found[1], found[2] or "00:00:00"
    if form.kind == "long" or day < "1900-01-02":
        # before that 29 February days are one less than from the day that Day 0 is for those after it
        zero = _DAY_ZERO + timedelta(days=day < "1900-03-01")
        days = (datetime.fromisoformat(f"{day} {time}") - zero) / timedelta(days=1)
        return write_number(repr(days), form if form.kind == "long" else Format("date"))
    return day if time == "00:00:00" else f"{day} {time}"


def _parse_section(section: str) -> Format:
    times = _NOT_TIME.sub("", section)
    if long := _LONG.search(times):
        return Format(
            "long", unit=long[1][0].lower(), decimals=len(re.findall(r"m+|s+", times[long.end() :], re.I))
        )
    if _DATE_LETTERS.search(times) and "general" not in times.lower():
        return Format("date")
    before: list[str] = []
    after: list[str] = []
    number, percent, thousands = "", False, 0
    for piece in _PIECE.finditer(section):
        literal, escaped, _, digits, per, scientific, text, other = piece.groups()
        if scientific:
            return GENERAL
        if text:
            return Format("text")
        if digits:
            if number:  # a second group of digits, as of telephones: 000-000
                return _groups(section)
            number = digits
        elif per:
            percent = True
        elif other == "," and number:
            thousands += 1
        else:
            said = literal or escaped or (other if other and not other.isalnum() else "") or ""
            (after if number else before).append(said)
    if not number:
        plain = _GENERAL.search(_QUOTED.sub(lambda quoted: " " * len(quoted[0]), section))
        return _parse_general(section, plain) if plain else GENERAL
    thousands += len(number) - len(number.rstrip(","))
    whole, _, fraction = number.partition(".")
    return Format(
        "number",
        "".join(before),
        "".join(after),
        whole.count("0"),
        len(fraction) if "." in number else 0,
        percent,
        thousands=thousands,
    )


def _parse_general(section: str, plain: re.Match[str]) -> Format:
    """A number as it is, with words around it."""
    before, after = (
        "".join(literal or escaped for literal, escaped, *_ in map(_groups_of, _PIECE.finditer(side)))
        for side in (section[: plain.start()], section[plain.end() :])
    )
    return Format("around", before, after) if before.strip() or after.strip() else GENERAL


def _groups_of(piece: re.Match[str]) -> list[str]:
    return [one or "" for one in piece.groups()]


def _words(section: str) -> str:
    """The words of a section in which no number stands, such as "yes"; empty for any other."""
    said: list[str] = []
    for piece in _PIECE.finditer(section):
        literal, escaped, brackets, *shown, other = piece.groups()
        if any(shown) or (other and other.isalnum()) or (brackets and brackets[:1] in "=<>"):
            return ""
        said.append(literal or escaped or "")
    words = "".join(said).strip()
    return words if any(map(str.isalnum, words)) else ""


def _groups(section: str) -> Format:
    """Groups of zeros parted by signs; any other mixture is too odd to be imitated."""
    groups: list[str] = []
    for piece in _PIECE.finditer(section):
        literal, escaped, _, digits, *others = piece.groups()
        if digits and set(digits) == {"0"}:
            groups.append(digits)
        elif literal or escaped or (others[-1] and not others[-1].isalnum()):
            groups.append(literal or escaped or others[-1])
        elif piece.group()[0] != "[":
            return GENERAL
    return Format("groups", groups=tuple(groups))


def _write_groups(value: str, number: float, form: Format) -> str:
    """Fill the groups from the right; what does not fit stands before the first."""
    if not 0 <= number < 1e15 or number != int(number):
        return value
    width = sum(len(one) for one in form.groups if set(one) == {"0"})
    digits = str(int(number)).rjust(width, "0")
    place = len(digits) - width
    text = digits[:place]
    for one in form.groups:
        if set(one) == {"0"}:
            text += digits[place : place + len(one)]
            place += len(one)
        else:
            text += one
    return text.strip()


def _sections(code: str) -> list[str]:
    """The parts of a code, for what is positive, negative, zero and text."""
    found, begin, place, quoted = [], 0, 0, False
    while place < len(code):
        if code[place] == '"':
            quoted = not quoted
        elif code[place] == "\\" and not quoted:
            place += 1
        elif code[place] == ";" and not quoted:
            found.append(code[begin:place])
            begin = place + 1
        place += 1
    return [*found, code[begin:]]


def write_number(value: str, form: Format, *, from_1904: bool = False) -> str:
    """Write the number of a cell as it is shown; what is no number stays as it is."""
    try:
        number = float(value)
    except ValueError:
        return value
    if form.kind in {"hidden", "no number"}:
        return ""
    for case in form.cases:
        if not case.sign or _COMPARISONS[case.sign](number, case.limit):
            return case.word or write_number(value, case.form, from_1904=from_1904)
    if form.words and (words := _word_of(number, form.words)):
        return words
    side = form.sides[1 if number < 0 else 2 if number == 0 else 0]
    if side is not None:
        return write_number(value.lstrip("-"), side, from_1904=from_1904)
    if form.kind == "around":
        return f"{form.before}{_write_general(value, number)}{form.after}".strip()
    if form.kind == "groups":
        return _write_groups(value, number, form)
    if form.kind == "date":
        return _write_moment(value, number + (DAYS_1904 if from_1904 else 0))
    if form.kind == "long":
        return _write_duration(value, number, form)
    if form.kind == "number":
        return _write_shown(value, number, form)
    return _write_general(value, number)


def _word_of(number: float, words: tuple[str, ...]) -> str:
    if number < 0:
        return words[1]
    return words[2] if number == 0 and len(words) > 2 else words[0]


def _write_general(value: str, number: float) -> str:
    """Fifteen digits, as every spreadsheet shows: 0.1+0.2 is 0.3."""
    if "." not in value and "e" not in value.lower():
        return value
    if not abs(number) < 1e15:
        return value
    text = f"{number:.15g}"
    return value if "e" in text else text


def _write_shown(value: str, number: float, form: Format) -> str:
    if not abs(number) < 1e15:
        return value
    shown = abs(number) * (100 if form.percent else 1) / 1000**form.thousands
    plain = not form.percent and not form.thousands and not form.before and not form.after
    if form.integers <= 1 and plain:
        # decimals that are not shown can be searched for, too
        text = _write_general(value, number).lstrip("-")
    else:
        text = f"{shown:.{form.decimals}f}"
    whole, point, fraction = text.partition(".")
    sign = "-" if number < 0 else ""
    percent = "%" if form.percent else ""
    return (
        f"{sign}{form.before}{whole.rjust(form.integers, '0')}{point}{fraction}{percent}{form.after}".strip()
    )


def _write_duration(value: str, days: float, form: Format) -> str:
    if not abs(days) < 1e9:
        return value
    seconds = round(abs(days) * 86_400)
    sign = "-" if days < 0 else ""
    if form.unit == "s":
        return f"{sign}{seconds}"
    if form.unit == "m":
        return f"{sign}{seconds // 60}:{seconds % 60:02}" if form.decimals else f"{sign}{seconds // 60}"
    hours, rest = divmod(seconds, 3_600)
    minutes = f":{rest // 60:02}" if form.decimals >= 1 else ""
    return f"{sign}{hours}{minutes}" + (f":{rest % 60:02}" if form.decimals >= 2 else "")


def _write_moment(value: str, days: float) -> str:
    """Write the serial number of a day as ISO 8601; what is no such number stays as it is."""
    try:
        moment = _DAY_ZERO + timedelta(days=days)
        moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    except (ValueError, OverflowError):
        return value
    if moment.year < 1900:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d" if moment.time() == moment.min.time() else "%Y-%m-%d %H:%M:%S")
