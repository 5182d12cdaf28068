"""U+0000, which no text of PostgreSQL may hold, is left out wherever a source, a target or a file tells it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.http.aiohttp_transport import AiohttpTransport
from connector.sandbox.interaxo import InteraxoWorld
from tests.ledger.cluster import Cluster
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.sources.interject_library import Link, at_once, library, report_list
from tests.sources.itr_company import itr_company

assert at_once
TEXT = re.compile(rb'"(?=(?:[^"\\]++|\\.)*+")((?:[^"\\]++|\\.)*+)"', re.DOTALL)


def full_of_nul(body: bytes) -> bytes:
    """The same JSON with U+0000 at the beginning and the end of each of its texts, keys too."""
    if not body.lstrip().startswith((b"{", b"[")):
        return body
    return TEXT.sub(rb'"\\u0000\1\\u0000"', body)


def furnish(world: InteraxoWorld) -> None:
    world.add_community("example-corp", "Example Corp")
    world.add_group("example-corp", "all", "All")
    world.add_person("example-corp", "anna", "Anna", "anna@example.com", groups=["all"])
    root = world.add_room("example-corp", "bridge", "The Bridge", authorities=[("group", "all")])
    file = world.add_file(root, "plan.txt", content=b"words\0of a file")
    world.add_comment(file, "<p>Well done</p>", author="anna")
    world.add_external_link(world.add_folder(root, "Links"), "A link", url="https://example.com/a")


@asynccontextmanager
async def rooms(folder: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(folder, furnish) as near:
        near.values |= {"sources.interaxo.permissions": "item", "sources.interaxo.content": True}
        yield near


@asynccontextmanager
async def reports(folder: Path) -> AsyncIterator[Neighbourhood]:
    async with library(folder) as near:
        roles = [("Finance", "Appr\0over")]
        near.by_roles(roles, [("an\0na@example.com", "Approver")])
        links = [Link(name=f"Rep\0ort {n}", id=f"pt1:\0{n}", description="To\0tals") for n in range(3)]
        near.drop(report_list(links))
        yield near


WORLDS = {"interaxo": rooms, "itr": itr_company, "interject": reports}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("source", WORLDS)
async def test_a_ledger_on_postgresql_takes_whatever_is_told_and_it_is_the_same_without(
    source: str, tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = AiohttpTransport.fetch

    async def told(*given: Any, **more: Any) -> Any:
        reply = await fetch(*given, **more)
        return msgspec.structs.replace(reply, body=full_of_nul(reply.body))

    async with WORLDS[source](tmp_path) as near:
        near.values["ledger.url"] = cluster.new_database()
        with monkeypatch.context() as patch:
            patch.setattr(AiohttpTransport, "fetch", told)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.documents.live == len(near.intranet.documents) > 2
        before = {key: one.document for key, one in near.intranet.documents.items()}
        assert not any(
            "\0" in key or "\0" in repr(one) or "\\x00" in repr(one) for key, one in before.items()
        )
        near.clock.pass_seconds(900)
        again = await near.run("full")
        assert again.outcome == "succeeded", again.reasons
        assert (again.documents.added, again.documents.updated) == (0, 0)
