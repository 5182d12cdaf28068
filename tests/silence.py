"""An intranet that answers nothing about a batch that names certain records, nor about anything else in that call."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp

CUT = "the connection breaks"
"""Among the ids: instead of an answer of 500."""


class NoAnswer(Exception):
    """About a batch that names one of these."""


def be_silent(monkeypatch: pytest.MonkeyPatch, call: str) -> set[str]:
    """
    Have the intranet that is played be silent.

    Args:
        call: of `InteractWorld`: push_documents or push_users.

    Returns:
        The ids about which nothing is answered; empty at first, for the test to fill.
    """
    silent: set[str] = set()
    push, answer = getattr(InteractWorld, call), InteractApp._connector

    def pushed(world: InteractWorld, items: Any) -> Any:
        if silent & {one["GloballyUniqueId"] for one in items}:
            raise NoAnswer
        return push(world, items)

    async def connector(app: InteractApp, exchange: Exchange, app_id: str, family: str, verb: str) -> None:
        try:
            await answer(app, exchange, app_id, family, verb)
        except NoAnswer:
            if CUT in silent:
                exchange.scope["state"]["transport"].abort()
                await exchange.body()  # until the server has noticed
            else:
                await exchange.answer_json(500, {"Message": "An error has occurred."})

    monkeypatch.setattr(InteractWorld, call, pushed)
    monkeypatch.setattr(InteractApp, "_connector", connector)
    return silent
