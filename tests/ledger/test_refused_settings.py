"""What services that share a ledger say of their settings, and how long it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import cast

import pytest

from connector.ledger.refused_settings import STANDS_S, forget_refused, note_refused, read_refused
from connector.ledger.store import Ledger
from connector.notify.notifier import Notifier
from connector.wiring.opening import Opening
from connector.wiring.settings_news import SettingsNews


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(Ledger("sqlite://", now=1e9)) as one:
        yield one


def test_each_machine_is_named_until_it_takes_its_settings_or_falls_silent(ledger: Ledger) -> None:
    notes = ledger.notes("")
    assert read_refused(notes, now=1e9) == ""
    note_refused(notes, "one", "a.key: is none", at=1e9)
    note_refused(notes, "two", "b.key: is none", at=1e9 + 60)
    assert read_refused(notes, now=1e9 + 60) == "on one: a.key: is none; on two: b.key: is none"
    assert read_refused(notes, now=1e9 + STANDS_S + 1) == "on two: b.key: is none"
    forget_refused(notes, "two")
    assert read_refused(notes, now=1e9 + 60) == "on one: a.key: is none"


class Sharing:
    """A connector with a ledger that services share, as far as it is asked here."""

    shared_ledger = "postgresql://somewhere"

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.time, self.opened = ledger, 1e9, 0

    def now(self) -> float:
        return self.time

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        self.opened += 1
        yield self._ledger


class NoNews:
    """Tells nobody."""

    async def look_at_settings(self, refused: str, *, host: str) -> None:
        assert host


async def test_a_service_says_so_as_long_as_it_is_so_and_takes_back_what_one_before_it_said(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.wiring.settings_news.gethostname", lambda: "one")
    notes, app, refused = ledger.notes(""), Sharing(ledger), ["a.key: is none"]
    note_refused(notes, "one", "of one that was killed", at=app.time)
    news = SettingsNews(lambda: cast(Opening, app), lambda: "".join(refused), cast(Notifier, NoNews()))
    for _ in range(3):
        app.time += STANDS_S - 1
        await news.look()
        assert read_refused(notes, now=app.time) == "on one: a.key: is none"
    refused.clear()
    await news.look()
    assert read_refused(notes, now=app.time) == ""
    opened = app.opened
    await news.look()
    assert app.opened == opened, "nothing is left to say"
    note_refused(notes, "one", "of one that was killed", at=app.time)
    await SettingsNews(lambda: cast(Opening, app), lambda: "", cast(Notifier, NoNews())).look()
    assert read_refused(notes, now=app.time) == ""
