"""Roles of a report library and who has them, folders that a role sees, and who may see what by now."""

from __future__ import annotations

from connector.commands.inspection import inspect
from tests.sources.interject_library import Library, Link

ANALYST, APPROVER, STANDARD = (f"interject:group:role/{role}" for role in ("analyst", "approver", "standard"))
PEOPLE = [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
OPEN = Link(name="Open", path="Common", id="pt1:99")


def seen_by(near: Library, title: str) -> set[str]:
    return set(near.of(title)["ExternalIdentities"])


def paid(path: str, *, ids: bool = True) -> list[Link]:
    return [Link(name=f"Pay {n}", path=path, id=f"pt1:{n}" if ids else "0") for n in range(1, 5)]


async def told(near: Library) -> str:
    words: str = (await inspect(near.app(), now=near.clock.now))["sources"]["interject"]["message"]
    return words
