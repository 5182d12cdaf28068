"""Questions to the Interaxo that is played, and fields and steps of an entry there."""

from __future__ import annotations

from typing import Any

import httpx

from connector.sandbox.interaxo import FieldDefinition, Step

FIELDS = [
    FieldDefinition("Title", entry_title=True),
    FieldDefinition("Amount", "numeric"),
    FieldDefinition("Due", "date", initial_value="WHEN_CREATED"),
    FieldDefinition("Discipline", "list", options=["Stål", "Betong"], multiple=True),
    FieldDefinition("Text", "rich-text"),
    FieldDefinition("Owner", "member"),
    FieldDefinition("No", "auto-number"),
]
STEPS = [
    Step("New"),
    Step("Final", final_step=True),
    Step("Published", publish=True),
    Step("Old", historical=True),
]


async def get(api: httpx.AsyncClient, path: str, status: int = 200, **query: Any) -> Any:
    """The answer's JSON; a path that begins with a slash leaves the room context."""
    answer = await api.get(api.base_url.join(path), params=query)
    assert answer.status_code == status, answer.text
    return answer.json()
