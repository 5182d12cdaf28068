"""A year of an operation, in one sitting: what an administrator sees and does on the status page, and what reaches her by mail."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import httpx

from connector.canary.own_document import IDENTITY
from connector.commands.inspection import inspect
from connector.daemon.service import Pace, Service
from connector.errors import LeaseHeld
from connector.plan.item import Mode
from connector.sandbox.interact_rows import Refusal
from tests.canary.test_canary import STRANGER, on_hold, with_canary
from tests.daemon.serving import NEVER, ended, history, serving, until
from tests.neighbourhood import Neighbourhood
from tests.notify.postoffice import PostOffice
from tests.patience import IN_VAIN_S
from tests.rules.ground import live_gone, small_world

DAY = 86_400.0
MONTH = 30 * DAY
TOKEN = "open-sesame-of-tests"


class Year:
    """An administrator before her browser, while the service runs."""

    def __init__(
        self, near: Neighbourhood, service: Service, client: httpx.AsyncClient, office: PostOffice
    ) -> None:
        self.near = near
        self.service = service
        self.client = client
        self.office = office
        self._key = ""
        """Of the forms of this session."""

    async def page(self, path: str, **query: str) -> str:
        """A page, as one reads it: without marks."""
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return " ".join(re.sub("<[^>]+>", " ", answer.text).split())

    async def sign_in(self) -> None:
        assert (await self.client.post("/sign-in", data={"token": TOKEN, "name": "Kari"})).status_code == 303
        found = re.search(r'name="form_key" value="([^"]+)"', (await self.client.get("/quarantine")).text)
        assert found
        self._key = found[1]

    async def press(self, path: str, **fields: str) -> None:
        """Press a button of a page, signed in anew: a session lasts eight hours."""
        await self.sign_in()
        answer = await self.client.post(path, data={"form_key": self._key, **fields})
        assert answer.status_code == 303, f"{path}: {answer.status_code} {answer.text[:200]}"

    async def run(self, mode: Mode = Mode.DELTA) -> None:
        """A month later a run is due; one that meets whoever carries out an order is skipped, and due again."""
        self.near.clock.pass_seconds(MONTH)
        lane, done = (
            self.service._lanes["intranet"],
            ended(self.service, self.near, len(history(self.near)) + 1),
        )

        def look() -> bool:
            if lane.run is None and lane.wanted is None and not done():
                self.service.ask("intranet", mode)
            return done()

        await until(look)
        assert history(self.near)[-1][1] != "failed", self._why()

    def _why(self) -> str | None:
        with self.near.app().ledger() as ledger:
            return ledger.runs("intranet").recent(1)[0].report

    async def mail(self, words: str) -> str:
        """Wait for a mail with these words in its subject."""
        found: list[str] = []

        def came() -> bool:
            found[:] = [one for one in self.office.mails if words in _subject(one)]
            return bool(found)

        await until(came)
        return found[-1]


def _subject(mail: str) -> str:
    return mail.partition("Subject: ")[2].splitlines()[0]


async def test_a_year_of_an_operation_on_the_status_page(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small), PostOffice().open() as office:
        canary = with_canary(near)
        (tmp_path / "owners.csv").write_text(
            "room,e-mail\nexample-corp/bridge,owner@example.com\n", encoding="utf-8"
        )
        near.values |= {
            "service.listen": "127.0.0.1:0",
            "service.token": TOKEN,
            "service.ready_after_h": 24 * 60,
            "schedule.delta": "0 3 1 1 *",
            "schedule.full": "0 4 1 1 *",
            "safety.max_deletes": 0,
            "notify.owners": "owners.csv",
            "notify.smtp.host": "127.0.0.1",
            "notify.smtp.port": office.port,
            "notify.smtp.from": "connector@example.com",
            "notify.smtp.to": ["kari@example.com"],
        }
        pace = Pace(patience=NEVER, beat_s=0.02, jitter_s=0, news_s=0.1)
        service = Service(near.app, clock=near.clock, pace=pace)
        async with (
            serving(service),
            httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
        ):
            year = Year(near, service, client, office)
            await until(ended(service, near, 1))
            await until(lambda: canary in near.found())
            await _going_live(year)
            await _a_removal_that_is_too_large(year, small.site)
            await _out_of_the_search_for_a_while(year, small.plan)
            await _a_document_that_is_refused(year, small.section)
            await _a_stranger_finds_what_is_not_for_her(year, small.drawings)
            await _who_finds_what(year)
            await _the_end_of_the_year(year)
        assert near.found() == near.expected() | {canary}
        assert live_gone(near) == {f"ix-{small.plan}"}, "hidden by a person, and shown again"


async def _going_live(year: Year) -> None:
    assert "Everything is up to date" in await year.page("/")
    assert not year.office.mails


async def _a_removal_that_is_too_large(year: Year, gone: str) -> None:
    year.near.rooms.remove(gone)
    await year.run()
    assert "for your decision" in await year.page("/")
    assert "1 waits for your decision" in (held := await year.page("/held")), held
    assert "braked" in await year.mail("braked")
    assert f"ix-{gone}" in year.near.found()
    mail = await year.mail("Search of the week")
    assert "To: owner@example.com" in mail
    await year.sign_in()
    found = re.search(r'name="run" value="([^"]+)"', (await year.client.get("/held")).text)
    assert found
    carried_out = ended(year.service, year.near, len(history(year.near)) + 1)
    await year.press("/held", action="approve", run=found[1])
    await until(carried_out)
    assert f"ix-{gone}" not in year.near.found()
    await year.mail("recovered")
    assert "Site" in await year.page("/documents", state="removed")
    assert "approved by Kari" in await year.page(f"/documents/ix-{gone}")


async def _out_of_the_search_for_a_while(year: Year, one: str) -> None:
    await year.press(f"/documents/ix-{one}/hide", because="the bid is open")
    await until(lambda: f"ix-{one}" not in year.near.found())
    await year.run(Mode.FULL)
    assert "hidden by Kari since" in await year.page(f"/documents/ix-{one}")
    assert "Everything is up to date" in await year.page("/")
    await year.press(f"/documents/ix-{one}/unhide")
    await year.run()
    assert f"ix-{one}" in year.near.found()


async def _a_document_that_is_refused(year: Year, one: str) -> None:
    year.near.rooms.rename(one, "Renamed.txt")
    year.near.intranet.switches.refuse = [Refusal(f"ix-{one}", code=77, message="No such names")]
    await year.run()
    assert "No such names" in await year.page("/quarantine")
    year.near.intranet.switches.refuse = []
    await year.press("/quarantine", action="retry", id=f"ix-{one}")
    await year.run()
    assert "Nothing is in quarantine" in await year.page("/quarantine")
    assert year.near.document(one)["Title"] == "Renamed.txt"


async def _a_stranger_finds_what_is_not_for_her(year: Year, folder: str) -> None:
    near = year.near
    near.intranet.seed_person(STRANGER, "The stranger", [IDENTITY])
    await year.run()
    await until(lambda: on_hold(near))
    new = near.rooms.add_file(folder, "new.txt", content=b"new")
    await year.run()
    assert "A stranger finds what is not for her" in await year.page("/")
    assert f"ix-{new}" not in near.found()
    near.intranet.seed_person(STRANGER, "The stranger")
    assert (await inspect(near.app(), now=near.clock()))["canary"]["ok"]
    await year.run()
    assert f"ix-{new}" in near.found()
    assert "A stranger finds" not in await year.page("/")


async def _who_finds_what(year: Year) -> None:
    assert "by interaxo:group:example-corp/all" in await year.page("/people", q="kari@example.com")
    assert "They are looked for now" in await year.page("/documents/duplicates")


async def _the_end_of_the_year(year: Year) -> None:
    async with asyncio.timeout(IN_VAIN_S):
        while True:  # what the service does behind a run has the lock of the target for a moment
            with suppress(LeaseHeld):
                await year.near.app().verify("intranet", sample=None)
                break
            await asyncio.sleep(0.005)
    page = await year.page("/")
    assert "Not as the ledger says 0 of" in page
    assert "Everything is up to date" in page
    runs = await year.page("/runs")
    assert all(words in runs for words in ("braked", "succeeded", "withheld"))
