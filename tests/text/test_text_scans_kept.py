"""What OCR read is remembered, in a folder or where services share it: nobody reads a page twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from connector.text.forgetting import forget_contents
from connector.text.opening import open_scans
from connector.text.reasons import Reason
from connector.text.scan_cache import Progress, ScanCache
from connector.text.scan_file import SCANS
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture

MUCH = 100_000_000
Open = Callable[..., ScanCache]


@pytest.fixture(params=["in a folder", "in the database of the ledger"])
def url(request: pytest.FixtureRequest) -> str:
    shared: bool = request.param == "in the database of the ledger"
    return request.getfixturevalue("cluster").new_database() if shared else ""


@pytest.fixture
def open_cache(tmp_path: Path, url: str) -> Open:
    """Each call is another service; where they share nothing it is the same one after a restart."""
    calls = iter(range(1_000_000))

    def opened(reader: str = "nor", most: int = MUCH, service: str = "one", limits: str = "") -> ScanCache:
        store = open_scans(tmp_path / (service if url else "one"), shared=url)
        return ScanCache(store, reader, most, clock=lambda: 7_200.0 * next(calls), limits=limits)

    return opened


def test_whoever_takes_over_goes_on_behind_the_last_piece_and_reads_nothing_twice(open_cache: Open) -> None:
    half = Progress(page=3, piece=1, text="Kjære Ola", failures=1, worst=Reason.TIMEOUT)
    with open_cache() as one:
        assert one.progress("h1") == Progress()
        one.keep("h1", half)
    with open_cache(service="two") as other:
        assert other.find("h1") is None, "it is not through"
        assert other.progress("h1") == half
        other.finish("h1", "Kjære Ola Nordmann", None, truncated=True)
    with open_cache() as one:
        found = one.find("h1")
        assert found is not None
        assert (found.text, found.reason, found.truncated, found.current) == (
            "Kjære Ola Nordmann",
            None,
            True,
            True,
        )


def test_what_an_earlier_reader_read_stays_until_the_new_one_is_through(open_cache: Open) -> None:
    with open_cache("nor") as cache:
        cache.finish("h1", "old", None, truncated=False)
    with open_cache("nor+swe") as cache:
        cache.keep("h1", Progress(page=1, text="ne"))
        found = cache.find("h1")
        assert found is not None
        assert (found.text, found.current) == ("old", False)
        cache.finish("h1", "", Reason.OCR_EMPTY, truncated=False)
        found = cache.find("h1")
        assert found is not None
        assert (found.text, found.reason, found.current) == ("", Reason.OCR_EMPTY, True)
    with open_cache("nor") as cache:
        assert cache.progress("h1") == Progress()


def test_what_failed_by_a_limit_is_read_again_once_that_is_another(open_cache: Open) -> None:
    with open_cache(limits="memory_mb=160") as cache:
        cache.finish("h1", "", Reason.OUT_OF_MEMORY, truncated=True, limited=True)
        cache.finish("h2", "half of it", None, truncated=True, limited=True)
        cache.finish("h3", "", Reason.BROKEN, truncated=False)
        assert all(found is not None and found.current for found in map(cache.find, ("h1", "h2", "h3")))
    with open_cache(limits="memory_mb=700") as cache:
        found = [cache.find(one) for one in ("h1", "h2", "h3")]
        assert [one and (one.text, one.reason, one.current) for one in found] == [
            ("", Reason.OUT_OF_MEMORY, False),
            ("half of it", None, False),
            ("", Reason.BROKEN, True),
        ]
        assert cache.progress("h1") == Progress()
        cache.finish("h1", "all of it", None, truncated=False)
    with open_cache(limits="memory_mb=160") as cache:
        whole = cache.find("h1")
        assert whole is not None
        assert (whole.text, whole.current) == ("all of it", True)


def test_what_was_used_least_recently_goes_first(open_cache: Open) -> None:
    with open_cache(most=200_000) as cache:
        for number in range(40):
            cache.finish(f"h{number}", os.urandom(10_000).hex(), None, truncated=False)
            assert cache.find("h0") is not None
        assert cache.find("h1") is None
        assert cache.find("h39") is not None


def test_what_is_forgotten_is_in_no_cache(open_cache: Open, tmp_path: Path, url: str) -> None:
    with open_cache() as cache:
        for name in ("h1", "h2"):
            cache.finish(name, "words", None, truncated=False)
    assert forget_contents(tmp_path / "one", ["h1", "h3"], shared=url) == 1
    with open_cache() as cache:
        assert cache.find("h1") is None
        assert cache.find("h2") is not None


def test_what_a_service_kept_to_itself_is_shared_once_it_shares(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811 - the fixture
) -> None:
    url = cluster.new_database()
    with ScanCache(open_scans(tmp_path, shared=""), "nor", MUCH) as own:
        own.finish("h1", "its own", None, truncated=False)
        own.finish("h2", "its own", None, truncated=False)
    with ScanCache(open_scans(tmp_path / "other", shared=url), "nor", MUCH) as other:
        other.finish("h2", "of another", None, truncated=False)
    for _ in range(2):
        with ScanCache(open_scans(tmp_path, shared=url), "nor", MUCH) as shared:
            found = [shared.find(one) for one in ("h1", "h2")]
        assert [one.text for one in found if one is not None] == ["its own", "of another"]
    assert not list(tmp_path.glob(f"{SCANS}*"))
    with closing(open_scans(tmp_path / "third", shared=url)) as store:
        assert store.find("h1", "nor") is not None
