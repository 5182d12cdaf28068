"""Each content is downloaded and read once, and nothing temporary stays."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import file_makers as make
import msgspec
import pytest

from connector.text.cache import TextCache
from connector.text.extract import Extracted, Limits, extract
from connector.text.service import FileRef, FileText, FileTooLarge, Reason, TextService
from connector.text.workers import ExtractionPool

LIMIT = 10_000


class Room:
    """Files to download; counts the downloads."""

    def __init__(self, content: bytes = make.SENTENCE.encode()) -> None:
        self.content = content
        self.downloads = 0

    async def download(self, path: Path) -> int:
        self.downloads += 1
        await asyncio.sleep(0)
        return await asyncio.to_thread(path.write_bytes, self.content)


async def until(condition: Callable[[], bool]) -> None:
    """Let the others work until something holds that has no event to wait for."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0)


class Reader:
    """Reads in this very process, or gives the reason it was told; counts the files."""

    def __init__(self) -> None:
        self.files = 0
        self.reason: Reason | None = None
        self.limited = False
        self.began = asyncio.Semaphore(0)
        self.gate = asyncio.Event()
        self.gate.set()

    async def extract(
        self, path: Path, name: str, mime_type: str, *, max_text_bytes: int = 1_000_000
    ) -> Extracted:
        self.files += 1
        self.began.release()
        await self.gate.wait()
        if self.reason:
            return Extracted(reason=self.reason)
        found = extract(path, name, mime_type, Limits(max_text_bytes))
        return msgspec.structs.replace(found, limited=self.limited)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[TextCache]:
    with TextCache(tmp_path / "cache", 10_000_000) as cache:
        yield cache


@pytest.fixture
def service(reader: Reader, cache: TextCache) -> Iterator[TextService]:
    with TextService(reader, cache, LIMIT, 1000) as service:
        yield service


def make_file(
    id_: str = "f1",
    *,
    version: str = "1",
    size: int | None = None,
    name: str = "note.txt",
    mime_type: str = "",
) -> FileRef:
    return FileRef(source="interaxo", id=id_, version=version, size=size, name=name, mime_type=mime_type)


def leftovers(cache: TextCache) -> list[Path]:
    return list((cache.folder / "downloads").glob("**/*.part"))


async def test_known_version_is_not_downloaded_again(
    service: TextService, room: Room, cache: TextCache
) -> None:
    first = await service.text_of(make_file(), room.download)
    second = await service.text_of(make_file(), room.download)
    assert first.text == second.text == make.SENTENCE
    assert first.content_hash == second.content_hash
    assert room.downloads == 1
    assert leftovers(cache) == []


async def test_same_content_elsewhere_is_read_once(service: TextService, room: Room, reader: Reader) -> None:
    await service.text_of(make_file("f1"), room.download)
    again = await service.text_of(make_file("f2"), room.download)
    assert again.text == make.SENTENCE
    assert (room.downloads, reader.files) == (2, 1)


async def test_same_content_at_the_same_time_is_read_once(
    service: TextService, room: Room, reader: Reader, cache: TextCache
) -> None:
    texts = await asyncio.gather(
        *(service.text_of(make_file(f"f{number}"), room.download) for number in range(10))
    )
    assert {text.text for text in texts} == {make.SENTENCE}
    assert reader.files == 1
    assert leftovers(cache) == []


async def test_what_a_copy_holds_that_waited_for_another_is_known_afterwards(
    service: TextService, room: Room, cache: TextCache
) -> None:
    files = [make_file(f"f{number}") for number in range(3)]
    await asyncio.gather(*(service.text_of(file, room.download) for file in files))
    assert len({cache.find_file(file).content_hash for file in files} - {None}) == 1
    await service.text_of(files[2], room.download)
    assert room.downloads == 3


async def test_a_new_file_is_remembered_in_one_transaction_and_waits_for_a_thread_three_times(
    service: TextService, cache: TextCache, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    cache._store._database.set_trace_callback(statements.append)  # type: ignore[attr-defined]
    hops = 0
    to_thread = asyncio.to_thread

    async def counted(work: Callable[..., object], *arguments: object) -> object:
        nonlocal hops
        hops += 1
        return await to_thread(work, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", counted)

    await service.text_of(make_file(), room.download)
    assert hops == 3 + room.downloads  # the room waits for one itself
    assert len([one for one in statements if one.startswith("BEGIN")]) == 1


async def test_same_file_at_the_same_time_is_downloaded_once(service: TextService, room: Room) -> None:
    await asyncio.gather(*(service.text_of(make_file(), room.download) for _ in range(10)))
    assert room.downloads == 1


async def test_passing_failure_is_shared_by_those_who_wait(
    service: TextService, room: Room, reader: Reader
) -> None:
    reader.reason = Reason.TIMEOUT
    reader.gate.clear()
    asked = asyncio.gather(*(service.text_of(make_file(f"f{number}"), room.download) for number in range(10)))
    # each holds the turn of its file and works on, or waits for, the one content
    await until(lambda: sum(turn.callers for turn in service._turns.values()) == 20)
    reader.gate.set()
    texts = await asked
    assert {(text.reason, text.lasting) for text in texts} == {(Reason.TIMEOUT, False)}
    assert reader.files == 1


async def test_cancelled_first_asker_does_not_harm_the_second(
    service: TextService, room: Room, reader: Reader, cache: TextCache
) -> None:
    reader.gate.clear()
    first = asyncio.create_task(service.text_of(make_file("f1"), room.download))
    await reader.began.acquire()
    second = asyncio.create_task(service.text_of(make_file("f2"), room.download))
    await until(lambda: room.downloads == 2)
    first.cancel()
    reader.gate.set()
    assert (await second).text == make.SENTENCE
    with pytest.raises(asyncio.CancelledError):
        await first
    assert leftovers(cache) == []


@pytest.mark.parametrize(
    ("name", "mime_type", "content"),
    [
        ("note.bak", "text/plain", "the wallaby"),
        ("note.stp", "text/plain", "the wallaby"),
        ("note.eml", "", "Owner: the wallaby\n\nStatus: open"),
        ("note", "message/rfc822", "Owner: the wallaby\n\nStatus: open"),
        ("note.p7m", "", "Minutes of the wallaby"),
        ("note.php", "", "a <script>wallaby</script>"),
    ],
)
async def test_a_copy_under_an_odd_name_takes_no_words_away_from_the_others(
    service: TextService, room: Room, name: str, mime_type: str, content: str
) -> None:
    """Whoever has a file can put it under another name into a room of their own, before or after it is read elsewhere."""
    room.content = content.encode()
    odd = make_file("odd", name=name, mime_type=mime_type)
    before = await service.text_of(odd, room.download)
    assert "wallaby" not in (before.text or "")
    found = await service.text_of(make_file("f1"), room.download)
    assert found.text == content
    assert service.recall(found.content_hash or "") == content
    again = await service.text_of(make_file("again", name=name, mime_type=mime_type), room.download)
    assert again == before
    assert (await service.text_of(make_file("f2"), room.download)).text == content


@pytest.mark.parametrize(
    ("before", "after"), [("note.bak", "note.txt"), ("note.php", "note.txt"), ("note.txt", "note.eml")]
)
async def test_a_file_that_is_renamed_is_read_as_what_it_is_called_now(
    service: TextService, room: Room, before: str, after: str
) -> None:
    """Its version stays, since its content does."""
    room.content = b"Owner: the wallaby\n\na <script>bettong</script>"
    first = await service.text_of(make_file(name=before, mime_type="text/plain"), room.download)
    second = await service.text_of(make_file(name=after, mime_type="text/plain"), room.download)
    anew = await service.text_of(make_file("new", name=after, mime_type="text/plain"), room.download)
    assert second == anew
    assert second.text != first.text
    assert await service.text_of(make_file(name=before, mime_type="text/plain"), room.download) == first


async def test_a_picture_is_the_same_content_under_any_name(service: TextService, room: Room) -> None:
    """What OCR reads of it is dear, and remembered by its content."""
    room.content = b"\x89PNG\r\n\x1a\n picture"
    hashes = set()
    for name in ("a.png", "a.tif", "a.bak", "a"):
        async with service.content(make_file(name, name=name), room.download) as (_, content_hash):
            hashes.add(content_hash)
    assert hashes == {hashlib.sha256(room.content).hexdigest()}


async def test_new_version_is_downloaded(service: TextService, room: Room) -> None:
    await service.text_of(make_file(version="1"), room.download)
    room.content = b"another text"
    assert (await service.text_of(make_file(version="2"), room.download)).text == "another text"


async def test_declared_size_and_kind_spare_the_download(service: TextService, room: Room) -> None:
    large = await service.text_of(make_file(size=LIMIT + 1), room.download)
    drawing = await service.text_of(make_file(name="plan.dwg"), room.download)
    assert (large.reason, drawing.reason) == (Reason.TOO_LARGE, Reason.NO_TEXT_FORMAT)
    assert room.downloads == 0


async def test_download_over_the_limit_is_remembered(service: TextService, cache: TextCache) -> None:
    downloads = 0

    async def download(path: Path) -> int:
        nonlocal downloads
        downloads += 1
        await asyncio.to_thread(path.write_bytes, b"beginning")
        raise FileTooLarge

    for _ in range(2):
        assert (await service.text_of(make_file(), download)).reason is Reason.TOO_LARGE
    assert downloads == 1
    assert leftovers(cache) == []


async def test_file_larger_than_it_said_is_refused_even_if_it_was_downloaded(
    service: TextService, room: Room, reader: Reader
) -> None:
    room.content = bytes(LIMIT + 1)
    assert (await service.text_of(make_file(size=5), room.download)).reason is Reason.TOO_LARGE
    assert reader.files == 0


async def test_error_of_the_download_comes_through(
    service: TextService, cache: TextCache, room: Room
) -> None:
    error = ConnectionResetError("gone")

    async def download(path: Path) -> int:
        await asyncio.to_thread(path.write_bytes, b"half")
        raise error

    with pytest.raises(ConnectionResetError) as caught:
        await service.text_of(make_file(), download)
    assert caught.value is error
    assert leftovers(cache) == []
    assert (await service.text_of(make_file(), room.download)).text == make.SENTENCE


async def test_lasting_reason_is_not_tried_again(service: TextService, room: Room, reader: Reader) -> None:
    reader.reason = Reason.ENCRYPTED
    for _ in range(2):
        answer = await service.text_of(make_file(), room.download)
        assert (answer.reason, answer.lasting) == (Reason.ENCRYPTED, True)
    assert (room.downloads, reader.files) == (1, 1)


async def test_passing_reason_is_tried_again_but_not_for_ever(
    service: TextService, room: Room, reader: Reader
) -> None:
    reader.reason = Reason.CRASHED
    answers = [await service.text_of(make_file(), room.download) for _ in range(5)]
    assert [answer.lasting for answer in answers] == [False, False, True, True, True]
    assert (room.downloads, reader.files) == (3, 3)


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.OUT_OF_MEMORY, Reason.CRASHED])
async def test_what_failed_by_a_limit_is_read_again_once_that_is_another(
    cache: TextCache, reader: Reader, room: Room, reason: Reason
) -> None:
    reader.reason = reason
    with TextService(reader, cache, LIMIT, 1000, limits="memory_mb=350") as service:
        answers = [await service.text_of(make_file(), room.download) for _ in range(4)]
        assert (answers[-1].reason, answers[-1].lasting, reader.files) == (reason, True, 3)
    reader.reason = None
    with TextService(reader, cache, LIMIT, 1000, limits="memory_mb=350") as service:
        assert (await service.text_of(make_file(), room.download)).reason is reason
    with TextService(reader, cache, LIMIT, 1000, limits="memory_mb=700") as service:
        found = await service.text_of(make_file(), room.download)
        assert found.text == service.recall(found.content_hash or "") == make.SENTENCE
    with TextService(reader, cache, LIMIT, 1000, limits="memory_mb=350") as service:
        assert (await service.text_of(make_file(), room.download)).text == make.SENTENCE
    assert reader.files == 4


async def test_what_a_limit_left_out_of_a_text_is_read_once_that_is_another(
    cache: TextCache, reader: Reader, room: Room
) -> None:
    reader.limited = True
    for _ in range(2):
        with TextService(reader, cache, LIMIT, 1000, limits="timeout_s=60") as service:
            found = await service.text_of(make_file(), room.download)
            assert found.text == service.recall(found.content_hash or "") == make.SENTENCE
    assert reader.files == 1
    reader.limited = False
    for _ in range(2):
        with TextService(reader, cache, LIMIT, 1000, limits="timeout_s=120") as service:
            assert (await service.text_of(make_file(), room.download)).text == make.SENTENCE
    assert reader.files == 2


async def test_a_reason_that_no_limit_helps_with_stands_under_every_limit(
    cache: TextCache, reader: Reader, room: Room
) -> None:
    reader.reason = Reason.ENCRYPTED
    for megabytes in (350, 700):
        with TextService(reader, cache, LIMIT, 1000, limits=f"memory_mb={megabytes}") as service:
            assert (await service.text_of(make_file(), room.download)).reason is Reason.ENCRYPTED
    assert (room.downloads, reader.files) == (1, 1)


async def test_unavailable_reader_is_never_held_against_the_file(
    service: TextService, room: Room, reader: Reader
) -> None:
    reader.reason = Reason.UNAVAILABLE
    for _ in range(5):
        assert not (await service.text_of(make_file(), room.download)).lasting
    reader.reason = None
    assert (await service.text_of(make_file(), room.download)).text == make.SENTENCE


async def test_evicted_text_is_downloaded_again(tmp_path: Path, reader: Reader, room: Room) -> None:
    with TextCache(tmp_path, 0) as cache, TextService(reader, cache, LIMIT, 1000) as service:
        for _ in range(2):
            assert (await service.text_of(make_file(), room.download)).text == make.SENTENCE
    assert room.downloads == 2


async def test_another_limit_of_text_reads_anew(cache: TextCache, reader: Reader, room: Room) -> None:
    with TextService(reader, cache, LIMIT, 4) as service:
        assert await service.text_of(make_file(), room.download) == FileText(
            "Rypa", None, truncated=True, content_hash=_any_hash(cache)
        )
    with TextService(reader, cache, LIMIT, 1000) as service:
        assert (await service.text_of(make_file(), room.download)).text == make.SENTENCE


def _any_hash(cache: TextCache) -> str | None:
    return cache.find_file(make_file()).content_hash


async def test_leftovers_of_the_dead_are_removed_and_of_the_living_kept(
    cache: TextCache, service: TextService, reader: Reader, room: Room
) -> None:
    dead = cache.folder / "downloads" / "run-dead"
    dead.mkdir(parents=True)
    (dead / "0.part").write_bytes(b"left by a crash")
    reader.gate.clear()
    reading = asyncio.create_task(service.text_of(make_file(), room.download))
    await reader.began.acquire()
    assert not dead.exists()
    with TextService(reader, cache, LIMIT, 1000) as neighbour:
        task = asyncio.create_task(neighbour.text_of(make_file("f2"), Room(b"another").download))
        await reader.began.acquire()
        assert len(leftovers(cache)) == 2
        reader.gate.set()
        assert (await task).text == "another"
    assert (await reading).text == make.SENTENCE


async def test_closed_service_leaves_no_folder(cache: TextCache, reader: Reader, room: Room) -> None:
    with TextService(reader, cache, LIMIT, 1000) as service:
        await service.text_of(make_file(), room.download)
    assert [path.name for path in (cache.folder / "downloads").iterdir()] == ["lock"]


async def test_real_pool_behind_it(cache: TextCache) -> None:
    files: list[tuple[str, Callable[[], bytes]]] = [
        ("a.pdf", make.make_pdf),
        ("a.docx", make.make_docx),
        ("a.doc", lambda: make.read_sample("old.doc")),
    ]
    async with ExtractionPool(workers=2, memory_mb=400, timeout_s=60) as pool:
        with TextService(pool, cache, 1_000_000, 1000) as service:
            answers: list[Awaitable[FileText]] = [
                service.text_of(make_file(name, name=name), Room(maker()).download) for name, maker in files
            ]
            assert all(make.WORD in (answer.text or "") for answer in await asyncio.gather(*answers))
