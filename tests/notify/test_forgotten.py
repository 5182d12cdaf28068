"""What is forgotten while news that name it wait to be told: no mail of later names it, and neither does the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.notify.events import Event
from connector.notify.mail import NotTold
from connector.sandbox.faults import Status
from connector.wiring.notifications import ByMail
from tests import ledgers
from tests.neighbourhood import Neighbourhood
from tests.notify.postoffice import PostOffice
from tests.notify.telling import by_mail, look
from tests.people.estate import estate
from tests.rules.ground import break_all
from tests.rules.hiding import forget

TITLE = "plan.pdf"


def is_named(near: Neighbourhood) -> bool:
    """Whether the ledger names it."""
    return TITLE in str(ledgers.everything(near.folder))


@pytest.mark.parametrize("when", ["before it is told again", "while it is told"])
async def test_what_is_forgotten_is_named_in_no_mail_that_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    async with (
        estate(tmp_path, "room", notify__withheld_runs=1) as (near, small),
        PostOffice().open() as office,
    ):
        by_mail(near, office)
        await near.run("full")
        near.rooms.remove(small.plan)
        break_all(near, lambda call: small.plan in call.path, Status(503))
        assert (await near.run("full")).outcome == "withheld"

        async def away(mail: ByMail, event: Event) -> str:
            if when == "while it is told":
                near.wire.clear()
                assert (await forget(near.app(), TITLE))["complete"]
            raise NotTold("away")

        with monkeypatch.context() as patch:
            patch.setattr(ByMail, "tell", away)
            await look(near)
        if when != "while it is told":
            near.wire.clear()
            assert (await forget(near.app(), TITLE))["complete"]
        assert not is_named(near)
        near.clock.pass_seconds(3_600)
        await look(near)
        (mail,) = office.mails
        assert TITLE not in mail
        assert "is missing from its listing" in mail.replace("=\n", "").replace("=\r\n", "")
