"""Numbers with their nouns, as people read them. PURE."""

from __future__ import annotations

SCALES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def counted(count: int, noun: str, plural: str = "") -> str:
    """
    A number with its noun.

    Args:
        noun: for one of them; what follows it may stand with it ("document is").
        plural: for none and several; the noun with an s where it is left out.
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def times(count: int) -> str:
    """How often something was done."""
    return "once" if count == 1 else f"{count} times"


def size(count: float) -> str:
    """Bytes, as people read them."""
    for scale, unit in SCALES:
        if count >= scale:
            return f"{count / scale:.{0 if count >= 10 * scale else 1}f} {unit}"
    return "under 1 kB" if count else "0 kB"


def spaced(number: float) -> str:
    """A whole number with narrow spaces between its thousands, as pages have it."""
    return f"{number:,.0f}".replace(",", "\u202f")


class Number(int):
    """
    A number that a sentence can count with.

    `{count:document}` gives "1 document" and "2 documents"; `{count:person/people}` names its plural;
    `{count:~it/them}` gives the word without the number.
    """

    def __format__(self, spec: str) -> str:
        bare = spec.startswith("~")
        one, _, many = spec.lstrip("~").partition("/")
        if not one[:1].isalpha():
            return super().__format__(spec)
        told = counted(int(self), one, many)
        return told.partition(" ")[2] if bare else told
