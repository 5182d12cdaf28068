"""ITR's codes in words. PURE. Source: docs/itr.md, codes (read in the vendor's code); an unknown code is its number."""

from __future__ import annotations

from datetime import datetime

SESSION_TYPES = {
    0: "Person session",
    1: "Run of a public session",
    3: "Pen and paper",
    100: "Group session",
    200: "Public session",
    1000: "Class",
    1001: "Teaching session",
    1002: "Session of a class",
    1003: "Individual course",
    1200: "Poll",
}
READY = 10
"""Up to this status a session has not begun."""
DONE = frozenset({30, 31})
STATUSES = {10: "Ready", 20: "In progress", 21: "In progress", 30: "Done", 31: "Done"}
TEST_TYPES = {0: "Test", 1000: "Course part"}
BATTERY_TYPES = {10: "Test battery", 1000: "Course"}
REPORT_TYPES = {
    0: "Test report",
    10: "Session report",
    20: "Group report",
    30: "360 degrees group report",
    1000: "Course report",
}
LANGUAGES = {
    "nl": "Dutch",
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "pl": "Polish",
    "tr": "Turkish",
    "sv": "Swedish",
    "no": "Norwegian",
    "nb": "Norwegian",
    "da": "Danish",
    "fi": "Finnish",
    "ar": "Arabic",
    "ru": "Russian",
}
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def name_of(code: int, words: dict[int, str]) -> str:
    """Say a code in words."""
    return words.get(code, str(code))


def languages_in(codes: str) -> list[str]:
    """Say a comma-separated list of language codes in words, each once; one letter (`E`, for none chosen) is no language."""
    plain = [part for one in codes.replace(";", ",").split(",") if len(part := one.strip()) > 1]
    return list(dict.fromkeys(LANGUAGES.get(code.lower()[:2], code) for code in plain))


def day_of(moment: datetime) -> str:
    """Write a day as people say it: 12 March 2026 (of the time in UTC)."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
