"""
A folder of Markdown files with front matter as a source. docs/sources.md explains it from top to bottom.

    index.txt       the number of notes, then the name of each, one a line: without it nobody knows whether a note is gone
    fishing.md      ---
                    title: Fishing off the rocks
                    readers: notes:group:club/all, notes:user:anna
                    ---
                    Text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from heapq import nsmallest
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec

from connector.document.audience import Audience, make_audience
from connector.document.document import Container, Crumb, Document, Facet, Listed, Scope
from connector.document.ids import child_path, digest, document_id, place_read
from connector.errors import ListingIncomplete, RecordInvalid, SourceUnavailable
from connector.http.exchange import Dated, Exchange, Party
from connector.ports.source import Advice, FoundScope, Page, Reading, Seen, Traffic, Verdict
from connector.sources.kind import Known, SourceKind, Surroundings
from connector.sources.part import BaseUrl, SourcePart

LARGEST = 1_000_000
"""Bytes of a note; a larger one is none."""


class NotesPart(SourcePart):
    """[sources.NAME] with kind = "notes"."""

    kind: Literal["notes"]
    folder: str
    web_url: BaseUrl

    def exposure(self) -> str:
        """Who is shown what."""
        return "A note is shown to the identities that its line `readers` names."


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One Markdown file; `trouble` says why it cannot be mapped."""

    name: str
    title: str = ""
    readers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    trouble: str = ""


def read_note(file: Path) -> Note:
    """Read one file; whatever is odd about it costs only itself."""
    name = file.stem
    try:
        if file.stat().st_size > LARGEST:
            return Note(name=name, trouble=f"{file.name} is larger than {LARGEST} bytes")
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return Note(name=name, trouble=f"{file.name} cannot be read: {error}")
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        return Note(name=name, trouble=f"{file.name} does not begin with front matter between two lines ---")
    end = lines.index("---", 1)
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:end])}
    readers, tags = (
        tuple(sorted({one.strip().lower() for one in values.get(key, "").split(",")} - {""}))
        for key in ("readers", "tags")
    )
    text = "\n".join(lines[end + 1 :]).strip()
    return Note(name=name, title=values.get("title", ""), readers=readers, tags=tags, text=text)


class Notes:
    """One folder of notes. Implements `connector.ports.source.Source`, `Marked` and `Nested`."""

    concurrency = 1
    side_by_side = False
    left_out_rules = digest(["nothing"], 8)
    looks_below = True

    def __init__(self, name: str, prefix: str, folder: Path, web_url: str) -> None:
        self.name = name
        self.address = place_read(f"file: {folder}", "")
        self.mapping_hash = digest(["1", prefix, web_url], 8)
        self._prefix, self._folder, self._web_url = prefix, folder, web_url
        self._scope = Scope(key=f"{name}/notes", name="Notes")
        self._notes: dict[str, Note] = {}
        self._names: list[str] = []
        self._trouble = ""

    # -- reading: in a thread, once a run --------------------------------------------------------

    async def open(self, reading: Reading) -> None:
        """Read every note; that the folder is not there is trouble of the whole source."""
        try:
            await asyncio.to_thread(self._read)
        except OSError as error:
            raise SourceUnavailable(f"{self._folder} cannot be read: {error.strerror}") from error

    def _read(self) -> None:
        self._notes = {file.stem: read_note(file) for file in sorted(self._folder.glob("*.md"))}
        first, *names = (self._folder / "index.txt").read_text("utf-8", "replace").split("\n")
        self._names = [name for name in names if name]
        absent = sorted(set(self._names) - self._notes.keys())
        if not first.isdigit() or int(first) != len(self._names):
            self._trouble = "index.txt does not name as many notes as its first line says: it is half a file, or another one"
        elif not self._names:
            self._trouble = "index.txt names no note: an empty folder is not believed"
        else:
            self._trouble = f"index.txt names what is not there: {absent[0]}" if absent else ""

    async def close(self) -> None:
        """Nothing is open."""

    def exchanges(self) -> list[Party]:
        """What is read, for auditors: files, and nothing is called."""
        read = Exchange(
            method="READ", path="/*.md, index.txt", purpose="Reads every note, in every run.", sends="Nothing.",
            receives="Titles, texts, readers.", personal_data=True, kept="in the ledger, as part of the document",
        )  # fmt: skip
        return [Party(name=self.name, base_url="file://this-machine", exchanges=(read,))]

    def dated(self) -> list[Dated]:
        """No host tells its time."""
        return []

    def traffic(self) -> Traffic:
        """Nothing is asked of anybody."""
        return Traffic(requests=0, reread=0, bytes_sent=0)

    # -- scopes and listings ---------------------------------------------------------------------

    async def scopes(self) -> list[FoundScope]:
        """The folder is one scope: listed, and judged complete, by itself."""
        return [FoundScope(scope=self._scope, included=True, public=False, rules=digest(["all"], 8))]

    def scope_id(self, scope: Scope) -> str | None:
        """The folder itself is no document..."""
        return None

    async def carriers(self, each: int) -> list[str]:
        """...so that notes carry what the connector remembers beside documents (`Marked`)."""
        return nsmallest(each, map(self._id, self._notes))

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Container:
        """The one container there is."""
        return Container(id=scope.key, native=scope.key, scope=scope, path="/")

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """Every note that can be seen; then the proof of the end, or the reason why there is none."""
        yield Page(rows=[self._listed(note) for note in self._notes.values()])
        if self._trouble:
            raise ListingIncomplete(self._trouble)
        yield Page(rows=[], proof=digest(self._names))

    def _id(self, name: str) -> str:
        return document_id(self._prefix, name)

    def _listed(self, note: Note) -> Listed:
        version = digest([self.mapping_hash, msgspec.msgpack.encode(note)])
        return Listed(
            id=self._id(note.name), native=note.name, kind="note", name=note.title, version=version,
            audience=self._audience(note), origin=note,
        )  # fmt: skip

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """Of a note that the listing lacked: gone where a whole index does not name it, and its file is not there."""
        if native in self._notes:
            return Verdict(listed=self._listed(self._notes[native]), room=scope_key, container=scope_key)
        if self._trouble:
            return Verdict(unsure=self._trouble)
        return Verdict(gone=native not in self._names)

    # -- who may see what ------------------------------------------------------------------------

    @staticmethod
    def _audience(note: Note) -> Audience | None:
        """None: unknown, which leaves a document with whom it had, and pushes no new one."""
        return make_audience(note.readers) if note.readers else None

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """At most: everybody whom a note names."""
        named = {one for note in self._notes.values() for one in note.readers}
        return (make_audience(named) if named else None), []

    async def audiences(
        self, scope: Scope, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[list[Seen]]:
        """The readers of every single note, told before anything is pushed (`Nested`): fewer people go first."""
        yield [Seen(id=self._id(note.name), audience=self._audience(note)) for note in self._notes.values()]

    # -- documents -------------------------------------------------------------------------------

    def link(self, scope: Scope, listed: Listed) -> str:
        """Where a click leads."""
        return f"{self._web_url}/{quote(listed.native)}"

    async def document(self, listed: Listed) -> Document:
        """Map a note. Raises RecordInvalid: it waits in quarantine, and the others go on."""
        note: Note = listed.origin
        if note.trouble or not note.title:
            raise RecordInvalid(note.trouble or f"{note.name}.md has no title")
        return Document(
            id=listed.id, type_name="Note", title=note.title, url=self.link(self._scope, listed),
            audience=listed.audience or Audience(), path=child_path("/", listed.id), text=note.text,
            facets=tuple(Facet("Tag", tag) for tag in note.tags), crumbs=(Crumb("Notes"),),
        )  # fmt: skip


@asynccontextmanager
async def _open(part: NotesPart, around: Surroundings) -> AsyncIterator[Notes]:
    yield Notes(around.name, part.id_prefix, around.folder / part.folder, part.web_url)


async def _advise(source: Notes, part: NotesPart, known: Known) -> list[Advice]:
    """What `connector check` adds: here, why the folder is not whole."""
    return [Advice(words=source._trouble, wrong=True)] if source._trouble else []


NOTES: SourceKind[NotesPart, Notes] = SourceKind(
    kind="notes", settings=NotesPart, check=lambda name, part: None, open=_open, advise=_advise,
    choices=lambda part, known: {}, id_prefix="nt", rights={}, questions=(),
)  # fmt: skip
