"""Documents and people that are written to the intranet that is played."""

from __future__ import annotations

from typing import Any

import httpx


def document(key: str, **changes: Any) -> dict[str, Any]:
    """One valid document that everybody with the identity "all" may see."""
    return {
        "GloballyUniqueId": key,
        "DocTypeName": "Interaxo file",
        "Title": f"Title of {key}",
        "Url": f"https://ix.example.com/{key}",
        "DeletionMode": "Session",
        "ExternalIdentities": ["all"],
        "MaterializedPath": f"/{key}/",
    } | changes


def user(key: str, email: str, *identities: str, **changes: Any) -> dict[str, Any]:
    return {
        "GloballyUniqueId": key,
        "Email": email,
        "DeletionMode": "Session",
        "ExternalIdentities": list(identities),
    } | changes


async def put(connector: httpx.AsyncClient, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await (connector.put(path) if body is None else connector.put(path, json=body))
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def push(connector: httpx.AsyncClient, *documents: dict[str, Any]) -> Any:
    return await put(connector, "docs/addupdate", list(documents))


async def state(connector: httpx.AsyncClient, key: str) -> Any:
    answer = await connector.get("docs/state", params={"docId": key})
    assert answer.status_code == 200
    return answer.json()
