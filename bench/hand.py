"""
A loop as a careful programmer writes it by hand: the same rooms, documents of the same shape, a table of what was sent.

It walks the rooms with as many calls as the connector, makes every row a document, sends what has another hash than last
time in batches of 100, and ends a session after a full run. It has none of what makes a connector safe: no proof of an
end, no brake, no intents, no trouble, no people's rights, no text of files; an error ends it.

Run: `python -m bench.hand TASK` (JSON of `bench.outcome.Task`); its table stays in the task's folder. Prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec
import uvloop
from yarl import URL

from bench.outcome import WRITERS, Outcome, Task, cpu_seconds, peak_mb

Json = dict[str, Any]
BATCH, PAGE = 100, 500
FOLDERS = {"simple-folder", "active-folder", "workflow-folder", "entry"}
DEFINING = {"active-folder", "workflow-folder"}
TAG = re.compile(r"<[^>]+>")
DOCS = "/api/search/connector/1/docs"
WEB = "https://ix.example.com/example-corp"
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


class Place(NamedTuple):
    """What the rows of a container inherit."""

    room: Json
    readers: list[str]
    container: str
    path: str
    crumbs: tuple[Json, ...]


class Hand:
    """One run."""

    def __init__(self, task: Task, session: aiohttp.ClientSession, table: sqlite3.Connection) -> None:
        self._task = task
        self._session = session
        self._table = table
        self._full = task.mode == "full"
        self._headers = {"Authorization": "Bearer made-up", "Accept": "application/json"}
        self._names: dict[str, str] = {}
        self._batch: list[tuple[str, bytes, bytes]] = []
        self._sends: set[asyncio.Task[None]] = set()
        self._writers = asyncio.Semaphore(WRITERS)
        self._containers: asyncio.Queue[Place] = asyncio.Queue()
        table.execute(
            "CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY, hash BLOB, seen INTEGER) WITHOUT ROWID"
        )
        (last,) = table.execute("SELECT coalesce(max(seen), 0) FROM sent").fetchone()
        self._run = last + 1
        self._known = {} if self._full else dict(table.execute("SELECT id, hash FROM sent"))
        self._seen: set[str] = set()

    async def go(self) -> int:
        """Walk and send everything; says how many documents there are."""
        await self._put("/oauth/token", b"{}", method="POST")
        if self._full:
            await self._put(f"{DOCS}/beginsyncsession", b"{}")
        (community,) = await self._get("/v1/communities")
        for room in await self._get(f"/v1/{community['id']}/rooms"):
            await self._open(community, room)
        readers = [asyncio.create_task(self._read()) for _ in range(self._task.calls)]
        await self._containers.join()
        for one in readers:
            one.cancel()
        self._send()
        await asyncio.gather(*self._sends)
        gone = [(one,) for one in self._known.keys() - self._seen]
        self._table.executemany("DELETE FROM sent WHERE id=?", gone)
        self._table.commit()
        if self._full:
            await self._put(f"{DOCS}/endsyncsession", b"{}")
        return len(self._seen)

    async def _open(self, community: Json, room: Json) -> None:
        content = f"/v1/{community['id']}/rooms/{room['id']}/content"
        root = room["content"]["root_id"]
        told = await self._get(f"{content}/{root}/comments/mentionable-authorities")
        readers = sorted(f"interaxo-1:{one['type']}:{one['id']}" for one in told)
        item = await self._one(f"{content}/{root}")
        crumbs = ({"Key": community["name"]}, {"Key": room["workspace"]["name"]})
        room = {**room, "community": community["name"], "api": content}
        place = Place(room, readers, "", "/", crumbs)
        self._take(item, place)
        self._containers.put_nowait(self._below(item, place))

    async def _read(self) -> None:
        while True:
            place = await self._containers.get()
            if place.container:
                rows = await self._get(f"{place.room['api']}/{place.container}/children")
                asked = [
                    row["created_by"]["id"] for row in rows if row["created_by"]["id"] not in self._names
                ]
                for one in dict.fromkeys(asked):
                    self._names[one] = (await self._one(f"/v1/example-corp/people/{one}"))["name"]
                for row in rows:
                    self._take(row, place)
                    if row["type"] in FOLDERS and row["child_count"]:
                        self._containers.put_nowait(self._below(row, place))
            self._containers.task_done()

    def _below(self, row: Json, place: Place) -> Place:
        key = row["id"]
        crumb = {"Key": row["name"], "Url": f"{WEB}/{place.room['id']}/documentLibrary/{key}"}
        return Place(place.room, place.readers, key, f"{place.path}ix-{key}/", (*place.crumbs, crumb))

    def _take(self, row: Json, place: Place) -> None:
        key = f"ix-{row['id']}"
        self._seen.add(key)
        body = _encode(self._document(key, row, place))
        mark = sha256(body).digest()
        if self._known.get(key) != mark:
            self._batch.append((key, mark, body))
            if len(self._batch) >= BATCH:
                self._send()

    def _document(self, key: str, row: Json, place: Place) -> Json:
        fields = row.get("fields") if row["type"] == "entry" else None
        shown = [(one["name"], _shown(one["value"])) for one in fields or ()]
        room = place.room
        facets = [("Community", room["community"]), ("Room", room["name"]), ("Kind", row["type"]), *shown]
        return {
            "GloballyUniqueId": key,
            "DocTypeName": f"Interaxo {row['type']}",
            "Title": row["name"],
            "Url": f"{WEB}/{room['id']}/documentLibrary/{row['id']}",
            "Summary": next((value for name, value in shown if name == "Description"), ""),
            "AuthorName": self._names.get(row["created_by"]["id"], ""),
            "CreatedDate": row["created"],
            "ModifiedDate": row["last_modified"],
            "Taxonomy": [{"Name": name, "Type": "Text", "TextValue": value} for name, value in facets],
            "CrumbLinks": place.crumbs,
            "Keywords": row["id"],
            "DeletionMode": "Session",
            "IsPublic": False,
            "ExternalIdentities": place.readers,
            "MaterializedPath": f"{place.path}{key}/",
            "FileContents": "\n".join(f"{name}: {value}" for name, value in shown),
        }

    def _send(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            task = asyncio.create_task(self._push(batch))
            self._sends.add(task)

    async def _push(self, batch: list[tuple[str, bytes, bytes]]) -> None:
        async with self._writers:
            await self._put(f"{DOCS}/addupdate", b"[" + b",".join(body for _, _, body in batch) + b"]")
        self._table.executemany(
            "INSERT INTO sent VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET hash=excluded.hash, seen=excluded.seen",
            [(key, mark, self._run) for key, mark, _ in batch],
        )
        self._table.commit()

    async def _get(self, path: str) -> list[Json]:
        """A whole list."""
        found: list[Json] = []
        while True:
            skip = f"&skip={len(found)}" if found else ""
            page: list[Json] = await self._one(f"{path}?limit={PAGE}&sort=id{skip}")
            found += page
            if len(page) < PAGE:
                return found

    async def _one(self, target: str) -> Any:
        url = URL(self._task.origin + target, encoded=True)
        async with self._session.get(url, headers=self._headers) as response:
            response.raise_for_status()
            return _decode(await response.read())

    async def _put(self, target: str, body: bytes, method: str = "PUT") -> None:
        url = URL(self._task.origin + target, encoded=True)
        async with self._session.request(method, url, data=body, headers=self._headers) as response:
            response.raise_for_status()
            await response.read()


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one["id"]) if isinstance(one, dict) else str(one) for one in value)
    return TAG.sub(" ", str(value)).strip()


async def run(task: Task) -> Outcome:
    """Do one run."""
    limit = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    started, cpu = time.perf_counter(), cpu_seconds()
    with closing(sqlite3.connect(Path(task.folder) / "hand.db")) as table:
        table.execute("PRAGMA journal_mode=WAL")
        table.execute("PRAGMA synchronous=NORMAL")
        async with aiohttp.ClientSession(connector=limit, cookie_jar=aiohttp.DummyCookieJar()) as session:
            live = await Hand(task, session, table).go()
    return Outcome(
        seconds=time.perf_counter() - started, cpu_seconds=cpu_seconds() - cpu, peak_mb=peak_mb(), live=live
    )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(msgspec.json.decode(sys.argv[1], type=Task)))
    print(msgspec.json.encode(outcome).decode())
