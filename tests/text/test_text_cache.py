"""What the cache remembers, for how long, and what it forgets first."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from connector.errors import SharedCacheAway
from connector.text import cache_file
from connector.text.cache import MAX_ATTEMPTS, CachedText, FileRef, TextCache
from connector.text.forgetting import forget_contents
from connector.text.opening import open_scans, open_texts
from connector.text.reasons import Reason
from connector.text.scan_cache import ScanCache
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture
from tests.locked import locked

FILE = FileRef(source="interaxo", id="f1", version="3", size=100, name="a.pdf")
MUCH = 100_000_000


class Clock:
    """A clock that goes on by two hours with every look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 7200
        return self.now


class Open:
    """Opens the one cache of a test, also beside another one that is open."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url

    def __call__(self, max_bytes: int, clock: Callable[[], float] = time.time) -> TextCache:
        return open_texts(self.folder, max_bytes, shared=self.url, clock=clock)


@pytest.fixture(params=["in a folder", "in the database of the ledger"])
def open_cache(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    shared = request.param == "in the database of the ledger"
    return Open(tmp_path, request.getfixturevalue("cluster").new_database() if shared else "")


def used_bytes(cache: TextCache) -> int:
    """What the database takes on disk without its free pages."""
    with closing(sqlite3.connect(cache.folder / "texts.sqlite")) as database:
        pages, free, page_bytes = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * page_bytes)


def test_tables_of_texts_that_somebody_drops_while_they_are_in_use_are_made_anew(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811 - the fixture
) -> None:
    """To have room on the disk: the run ended with what it took for a bug of the connector, and so did all that walked rooms for it."""
    import psycopg

    url = cluster.new_database()
    with (
        open_texts(tmp_path, MUCH, shared=url, clock=time.time) as cache,
        psycopg.connect(url, autocommit=True) as administrator,
    ):
        cache.store_content(FILE, "h1")
        cache.store_text("h1", "e1", "blåbær", truncated=False)
        administrator.execute("DROP SCHEMA text_cache CASCADE")
        assert cache.find_file(FILE).content_hash is None
        cache.store_content(FILE, "h1")
        cache.store_text("h1", "e1", "blåbær", truncated=False)
        assert cache.find_text("h1", "e1") is not None
        administrator.execute("DROP SCHEMA text_cache CASCADE")
        with pytest.raises(SharedCacheAway, match="Somebody dropped it"):
            cache.store_content(FILE, "h2")
        assert cache.find_text("h1", "e1") is None


def test_text_is_found_again_after_reopening(open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        cache.store_content(FILE, "h1")
        cache.store_text("h1", "e1", "blåbær", truncated=True)
    with open_cache(MUCH) as cache:
        assert cache.find_file(FILE).content_hash == "h1"
        assert cache.find_text("h1", "e1") == CachedText(text="blåbær", reason=None, truncated=True)


@pytest.mark.parametrize(
    "other",
    [
        FileRef("itr", "f1", "3", 100, "a.pdf"),
        FileRef("interaxo", "f2", "3", 100, "a.pdf"),
        FileRef("interaxo", "f1", "4", 100, "a.pdf"),
        FileRef("interaxo", "f1", "3", 101, "a.pdf"),
        FileRef("interaxo", "f1", "3", None, "a.pdf"),
    ],
)
def test_another_file_version_or_size_is_unknown(other: FileRef, open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        cache.store_content(FILE, "h1")
        assert cache.find_file(other).content_hash is None


def test_renamed_file_is_known(open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        cache.store_content(FILE, "h1")
        assert cache.find_file(FileRef("interaxo", "f1", "3", 100, "renamed.pdf")).content_hash == "h1"


def test_another_extractor_reads_anew(open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        cache.store_text("h1", "e1", "text", truncated=False)
        cache.store_reason("h2", "e1", Reason.BROKEN)
        assert cache.find_text("h1", "e2") is None
        assert cache.find_text("h2", "e2") is None


def test_lasting_reason_stands_at_once(open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        assert cache.store_reason("h1", "e1", Reason.ENCRYPTED)
        assert cache.find_text("h1", "e1") == CachedText(None, Reason.ENCRYPTED, truncated=False)


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.CRASHED, Reason.OUT_OF_MEMORY])
def test_reason_that_may_pass_stands_after_some_attempts(reason: Reason, open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        for _ in range(MAX_ATTEMPTS - 1):
            assert not cache.store_reason("h1", "e1", reason)
            assert cache.find_text("h1", "e1") is None
        assert cache.store_reason("h1", "e1", reason)
        assert cache.find_text("h1", "e1") == CachedText(None, reason, truncated=False)


@pytest.mark.parametrize("reason", [Reason.UNAVAILABLE, Reason.DOWNLOAD_FAILED])
def test_reason_that_is_not_the_files_fault_is_never_kept(reason: Reason, open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        for _ in range(MAX_ATTEMPTS + 1):
            assert not cache.store_reason("h1", "e1", reason)
        assert cache.find_text("h1", "e1") is None


def test_refusal_holds_until_the_limit_is_raised(open_cache: Open) -> None:
    with open_cache(MUCH) as cache:
        cache.store_refusal(FILE, 1000)
        assert cache.find_file(FILE).is_refused(1000)
        assert cache.find_file(FILE).is_refused(900)
        assert not cache.find_file(FILE).is_refused(1001)


def test_least_recently_used_goes_first_and_the_bound_holds(tmp_path: Path) -> None:
    bound = 400_000
    with TextCache(tmp_path, bound, clock=Clock()) as cache:
        for number in range(40):
            cache.store_text(f"h{number}", "e1", os.urandom(10_000).hex(), truncated=False)
            assert cache.find_text("h0", "e1") is not None
            assert used_bytes(cache) <= bound
        assert cache.find_text("h1", "e1") is None
        assert cache.find_text("h39", "e1") is not None
    assert (tmp_path / "texts.sqlite").stat().st_size <= bound * 1.1


def test_files_are_forgotten_too(tmp_path: Path) -> None:
    bound = 100_000
    with TextCache(tmp_path, bound, clock=Clock()) as cache:
        for number in range(2000):
            cache.store_content(FileRef("interaxo", f"f{number}", "1", None, ""), f"h{number}")
        assert used_bytes(cache) <= bound
        assert cache.find_file(FileRef("interaxo", "f0", "1", None, "")).content_hash is None
        assert cache.find_file(FileRef("interaxo", "f1999", "1", None, "")).content_hash == "h1999"


def test_two_may_have_it_open(open_cache: Open) -> None:
    with open_cache(MUCH) as writer, open_cache(MUCH) as reader:
        writer.store_text("h1", "e1", "text", truncated=False)
        assert reader.find_text("h1", "e1") is not None


def test_who_only_looks_does_so_while_another_process_writes_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()  # by which each look tells that it was used
    store = open_scans(tmp_path, shared="")
    with TextCache(tmp_path, MUCH, clock=clock) as cache, ScanCache(store, "nor", MUCH, clock=clock) as scans:
        cache.store_content(FILE, "h1")
        cache.store_text("h1", "e1", "text", truncated=False)
        scans.finish("h1", "scan", None, truncated=False)
    monkeypatch.setattr(cache_file, "_BUSY_TIMEOUT_S", 0)
    with locked(tmp_path / "texts.sqlite"), locked(tmp_path / "scans.sqlite"):
        with TextCache(tmp_path, MUCH, clock=clock) as cache:
            assert cache.find_file(FILE).content_hash == "h1"
            assert cache.find_text("h1", "e1") == CachedText("text", None, False)
            cache.store_content(FILE, "h2")
            assert "has been locked by" in cache.trouble
        with ScanCache(open_scans(tmp_path, shared=""), "nor", MUCH, clock=clock) as scans:
            found = scans.find("h1")
    assert found is not None
    assert found.text == "scan"


def test_the_least_recently_used_goes_first_wherever_texts_stand(open_cache: Open) -> None:
    with open_cache(400_000, Clock()) as cache, open_cache(400_000, Clock()) as of_another:
        for number in range(40):
            writer = cache if number % 4 else of_another
            writer.store_text(f"h{number}", "e1", os.urandom(10_000).hex(), truncated=False)
            assert cache.find_text("h0", "e1") is not None
        assert cache.find_text("h1", "e1") is None
        assert cache.find_text("h39", "e1") is not None


def test_while_another_service_forgets_nobody_else_does(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811 - the fixture
) -> None:
    """Two that forget the same rows at once would wait for each other."""
    from connector.text.shared_texts import PostgresTexts

    url = cluster.new_database()
    one, other = PostgresTexts(url), PostgresTexts(url)
    for number in range(20):
        one.put_text(f"h{number}", "e1", b"x" * 10_000, 0, "", float(number))
    assert one.is_over(100_000)
    with other.at_once():
        assert other.is_over(100_000)
        other.forget_down_to(100_000)
        with one.at_once():
            one.forget_down_to(50_000)
    assert [one.find_text(f"h{number}", "e1") is not None for number in (0, 19)] == [False, True]
    assert one.find_text("h12", "e1") is not None
    for store in (one, other):
        store.close()


def test_a_name_that_no_database_keeps_is_found_again(open_cache: Open) -> None:
    odd = FileRef("interaxo", "f\0\u2028", "1\0", None, "")
    with open_cache(MUCH) as cache:
        cache.store_content(odd, "h1")
        assert cache.find_file(odd).content_hash == "h1"


def test_what_is_forgotten_is_in_no_cache(open_cache: Open, tmp_path: Path) -> None:
    with open_cache(MUCH) as cache:
        cache.store_content(FILE, "h1")
        for name in ("h1", "h2"):
            cache.store_text(name, "e1", "text", truncated=False)
    assert forget_contents(tmp_path, ["h1", "h3"], shared=open_cache.url) == 1
    with open_cache(MUCH) as cache:
        assert (cache.find_file(FILE).content_hash, cache.find_text("h1", "e1")) == (None, None)
        assert cache.find_text("h2", "e1") is not None


def test_spoilt_database_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "texts.sqlite").write_bytes(b"this is no database" * 1000)
    with TextCache(tmp_path, MUCH) as cache:
        cache.store_text("h1", "e1", "text", truncated=False)
        assert cache.find_text("h1", "e1") is not None


@pytest.mark.parametrize("old", [b"SPOIL-A-TEXT", b"[0,1,2,3]"], ids=["text", "pages"])
def test_a_row_of_which_only_we_notice_that_it_is_damaged_is_read_again(tmp_path: Path, old: bytes) -> None:
    """Each run ended with a bug, at the file that has it."""
    with TextCache(tmp_path, MUCH) as cache:
        cache.store_text("h1", "e1", "text", truncated=False, scanned=(0, 1, 2, 3))
        cache._store._database.execute(  # type: ignore[attr-defined]
            "UPDATE texts SET text = CAST(? AS BLOB) WHERE ? LIKE 'SPOIL%'", ("SPOIL-A-TEXT", old.decode())
        )
    file = tmp_path / "texts.sqlite"
    file.write_bytes(file.read_bytes().replace(old, b"\xff" * len(old)))
    with TextCache(tmp_path, MUCH) as cache:
        assert cache.find_text("h1", "e1") is None
        cache.store_text("h1", "e1", "text", truncated=False)
        assert cache.find_text("h1", "e1") is not None


def test_pages_that_cannot_be_read_cost_what_is_remembered_and_no_run(tmp_path: Path) -> None:
    """They are met amid a run, since nobody looks at all of a file of gigabytes as it is opened: each run ended there."""
    with TextCache(tmp_path, MUCH) as cache:
        for number in range(40):
            cache.store_text(f"h{number}", "e1", os.urandom(9_000).hex(), truncated=False)
    file = tmp_path / "texts.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:20_480] + b"\x55" * (len(content) - 20_480))
    with TextCache(tmp_path, MUCH) as cache:
        assert [cache.find_text(f"h{number}", "e1") for number in range(40)].count(None) > 20
        assert "is damaged" in cache.trouble
    with TextCache(tmp_path, MUCH) as cache:
        cache.store_text("h1", "e1", "text", truncated=False)
        assert cache.find_text("h1", "e1") is not None
        assert cache.trouble == ""


def test_database_of_another_version_begins_anew(tmp_path: Path) -> None:
    with TextCache(tmp_path, MUCH) as cache:
        cache.store_text("h1", "e1", "text", truncated=False)
    database = sqlite3.connect(tmp_path / "texts.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with TextCache(tmp_path, MUCH) as cache:
        assert cache.find_text("h1", "e1") is None


@pytest.mark.parametrize("size", [None, -1, -5, -(2**63), -(10**30)])
def test_a_size_that_is_none_is_as_good_as_none(open_cache: Open, size: int | None) -> None:
    file = replace(FILE, size=size)
    with closing(open_cache(MUCH)) as cache:
        cache.store_content(file, "c")
        assert cache.find_file(file).content_hash == "c"
        assert not cache.find_file(file).is_refused(1)
