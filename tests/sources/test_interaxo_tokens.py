"""Tokens of Interaxo over real sockets: how long one serves, when it is renewed, and what is told where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import SourceRefused, SourceUnavailable
from connector.ports.source import Reading
from connector.sandbox.faults import HTML_200, REDIRECT, Fault, Status
from connector.secrets import hiding
from tests.sources.interaxo_desk import Desk, walk


async def test_one_token_serves_a_whole_walk(here: Desk) -> None:
    async with here.source() as source:
        await walk(source)
        await walk(source, "example-corp/tunnel")
    assert here.calls()["POST token"] == 1
    assert all(call.status == 200 for call in here.wire.calls)


async def test_a_token_stays_hidden_as_long_as_it_is_used_however_many_others_come(here: Desk) -> None:
    async with here.source() as source:
        await walk(source)
        for number in range(hiding.MOST_PASSING + 1):
            hiding.keep_token(f"other-{number:05}-xyz")
        await walk(source, "example-corp/tunnel")
    assert here.calls()["POST token"] == 1
    assert hiding.hide("sandbox-token-1") == "***"


async def test_one_token_serves_every_run_until_it_ends(here: Desk) -> None:
    """Each run signed in anew: a delta every few minutes uses up what the sign-in gives in a month."""
    app = here.near.app()
    for run in (1, 2):
        async with app.source("interaxo", here.ledger) as source:
            await source.open(Reading(run=run, thorough=False, turn=run))
            await source.scopes()
    assert here.calls()["POST token"] == 1
    here.rooms.quirks.token_calls = 0  # it was withdrawn meanwhile
    async with app.source("interaxo", here.ledger) as source:
        await source.open(Reading(run=3, thorough=False, turn=3))
        here.wire.clear()
        with pytest.raises(SourceRefused, match=r"sources\.interaxo\.audience and base_url"):
            await source.scopes()
    assert [call.status for call in here.wire.calls] == [401, 200, 401]


async def test_another_client_of_the_settings_is_given_a_token_of_its_own(here: Desk) -> None:
    app = here.near.app()
    async with app.source("interaxo", here.ledger) as source:
        await source.open(Reading(run=1, thorough=False, turn=1))
    here.near.values["sources.interaxo.client_secret"] = "wrong-phrase-1"
    async with app.changed(here.near.app().loaded).source("interaxo", here.ledger) as source:
        with pytest.raises(SourceRefused, match="client_secret"):
            await source.open(Reading(run=2, thorough=False, turn=2))


async def test_a_token_that_stops_working_is_renewed_once_per_401(here: Desk) -> None:
    here.rooms.quirks.token_calls = 4
    async with here.source() as source:
        found = await walk(source)
    assert len(found) > 12
    refused = sum(call.status == 401 for call in here.wire.calls)
    assert refused > 2
    assert here.calls()["POST token"] == 1 + refused


async def test_a_token_that_never_works_is_told_after_one_more_try(here: Desk) -> None:
    here.rooms.quirks.token_calls = 0
    async with here.source() as source:
        with pytest.raises(SourceRefused, match=r"sources\.interaxo\.audience and base_url"):
            await source.scopes()
    assert [call.status for call in here.wire.calls] == [200, 401, 200, 401]


async def test_what_answers_401_for_itself_costs_one_new_token_in_a_run(here: Desk) -> None:
    """Each person, list or room that is refused by a 401 had the connector sign in anew, and new tokens are few."""
    people = [f"example-corp/p{number}" for number in range(12)]
    fault = Fault("GET */people/p*", Status(401), times=None)
    for _ in range(2):
        here.rooms.quirks.token_calls = None
        here.wire.clear()
        here.wire.add(fault)
        async with here.source() as source:
            for person in people:
                assert [one.hidden for one in await source.people([person])] == [True]
            assert here.calls()["POST token"] == 2
            assert len(here.wire.calls) < 3 * len(people)
            here.rooms.add_person("example-corp", "q", "Q", "q@example.com")
            here.rooms.quirks.token_calls = 2
            assert [one.email for one in await source.people(["example-corp/q"])] == ["q@example.com"]
            assert here.calls()["POST token"] == 3, "a token that is good nowhere is renewed all the same"


async def test_a_token_is_renewed_before_it_expires(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.http.tokens.KEPT_AT_LEAST_S", 0.0)
    here.rooms.quirks.token_expires_s = 0
    async with here.source() as source:
        await source.scopes()
    assert all(call.status == 200 for call in here.wire.calls)
    assert here.calls()["POST token"] == len(here.wire.calls) / 2 + 0.5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"client_secret": "wrong-phrase-1"}, "client_secret"),
        ({"client_id": "wrong-client-1"}, "client_id"),
        ({"audience": "https://elsewhere/"}, "audience"),
    ],
)
async def test_wrong_credentials_are_told_as_the_setting_to_mend(
    here: Desk, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(SourceRefused) as caught:
        async with here.source(**settings):
            pass
    assert "sources.interaxo" in str(caught.value)
    assert words in str(caught.value)
    assert not any(value in str(caught.value) for value in settings.values() if "wrong" in value)
    assert len(here.wire.calls) == 1


@pytest.mark.parametrize(
    ("how", "error"), [(HTML_200, SourceUnavailable), (Status(404), SourceRefused), (REDIRECT, SourceRefused)]
)
async def test_a_wrong_token_address_is_told(here: Desk, how: Any, error: type[Exception]) -> None:
    here.wire.add(Fault("POST /oauth/token", how, times=None))
    with pytest.raises(error, match=r"sources\.interaxo\.token_url"):
        async with here.source():
            pass
    assert len(here.wire.calls) == 1
