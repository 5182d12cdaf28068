"""
Whole runs while one value of every answer of a kind is odd: rooms, comments, workflow steps, and what Interact says.

Nothing raises, nothing that lives goes, nothing becomes public; and once the answers are right, so is the intranet.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.exchange import Exchange
from tests.combinations import every_other
from tests.people.estate import COMMUNITY, address, estate
from tests.rules.ground import live_gone

ROUNDS = int(os.environ.get("CONNECTOR_SOAK", "0")) or 4
ODD: list[Any] = ["", 0, -1, 1e308, 10**30, True, None, [], {}, [None], [[]], {"id": None}, {"id": ""}, {"id": 5}, "\x00", "".join(map(chr, random.Random(5).choices(range(97, 123), k=5_000))), "9999-12-31T23:59:59Z", "..", "\ud83d"]  # fmt: skip
READ = ["/communities", "/rooms", "/comments", "/children", "/groups", "STEPS", "FIELDS", "/docs/state"]
WRITTEN = ["/docs/addupdate", "/docs/delete", "/docs/beginsyncsession", "/docs/endsyncsession", "/users/addupdate", "/users/delete", "/users/endsyncsession"]  # fmt: skip
GONE = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, by the keys that lead there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def spoiled(value: Any, rnd: random.Random) -> Any:
    """A JSON value with one place odd, or taken out."""
    place = rnd.choice(places(value))
    odd = rnd.choice([*ODD, GONE])
    if not place:
        return None if odd is GONE else odd
    at = value
    for key in place[:-1]:
        at = at[key]
    if odd is GONE:
        del at[place[-1]]
    else:
        at[place[-1]] = odd
    return value


@pytest.mark.parametrize("call", every_other([*READ, *WRITTEN]))
async def test_one_odd_value_costs_neither_a_run_nor_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    rnd = random.Random(call)
    answer = Exchange.answer
    wanted: dict[str, str] = {}
    met: list[str] = []
    spoiling = False

    async def odd(exchange: Exchange, status: int, body: bytes = b"", *more: Any, **named: Any) -> None:
        if spoiling and status == 200 and exchange.path.endswith(wanted.get(call, call)):
            met.append(exchange.path)
            body = json.dumps(spoiled(json.loads(body or b"{}"), rnd)).encode()
        await answer(exchange, status, body, *more, **named)

    monkeypatch.setattr(Exchange, "answer", odd)
    async with estate(tmp_path, "item", sources__interaxo__comments=True) as (near, small):
        wanted |= {"STEPS": f"/content/{small.reviews}", "FIELDS": f"/content/{small.rfis}"}
        near.values["http.backoff_max_s"] = 0.01
        near.values["safety.audience_max_age_days"] = 3_650
        near.rooms.add_comment(small.section, "a remark", author="kari@example.com")
        await near.run("full")
        for number in range(ROUNDS):
            near.clock.pass_seconds(1_000)
            near.rooms.rename(small.section, f"section {number}.txt")
            extra = near.rooms.add_file(small.details, f"extra {number}.txt", content=b"x")
            if number % 2:
                near.rooms.add_person(COMMUNITY, address("per"), "Per", address("per"))
            else:
                near.rooms.remove_person(COMMUNITY, address("per"))
            spoiling = True
            report = await near.run("delta" if number % 2 else "full")  # raises what is a bug
            spoiling = False
            assert not any("bug" in reason for reason in report.reasons)
            assert not live_gone(near), report.reasons
            assert not [i for i, row in near.intranet.documents.items() if row.document["IsPublic"]]
            near.rooms.remove(extra)
        for mode in ("delta", "full", "full"):
            near.clock.pass_seconds(100_000)
            report = await near.run(mode)
            if report.held or report.outcome == "braked":
                near.clock.pass_seconds(1_000)
                report = await near.run("delta", approve=report.run_id)
        assert met, "no answer of this kind was given"
        assert near.found() == near.expected(), report.reasons
        assert near.document(small.section)["Title"] == f"section {ROUNDS - 1}.txt"
