"""Tokens of an Interaxo world: who gets one, and for how many calls it is good."""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec

from connector.sandbox.exchange import Exchange
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_refusals import Refused


class SignIn:
    """The token address of one world, and what it gave out."""

    def __init__(self, world: InteraxoWorld) -> None:
        self.world = world
        self.tokens: dict[str, int] = {}
        """Tokens given out and how many calls each has made."""
        self._issued = 0

    async def give_token(self, exchange: Exchange) -> None:
        """Answer `POST /oauth/token`."""
        body = await exchange.body()
        try:
            if "json" in (exchange.header("content-type") or ""):
                asked = msgspec.json.decode(body, type=dict[str, str])
            else:
                asked = dict(parse_qsl(body.decode()))
        except (msgspec.DecodeError, UnicodeDecodeError):
            await exchange.answer_json(400, {"error": "invalid_request"})
            return
        world = self.world
        if asked.get("grant_type") != "client_credentials":
            await exchange.answer_json(
                403, {"error": "unauthorized_client", "error_description": "Grant type"}
            )
        elif (asked.get("client_id"), asked.get("client_secret")) != (world.client_id, world.client_secret):
            await exchange.answer_json(401, {"error": "access_denied", "error_description": "Unauthorized"})
        elif asked.get("audience") != world.audience:
            await exchange.answer_json(
                403, {"error": "access_denied", "error_description": "Service not found"}
            )
        else:
            self._issued += 1
            token = f"sandbox-token-{self._issued}"
            self.tokens[token] = 0
            expires = world.quirks.token_expires_s
            answer = {"access_token": token, "token_type": "Bearer", "expires_in": expires}
            await exchange.answer_json(200, answer)

    def check_token(self, exchange: Exchange) -> None:
        """
        Count a call of the API for the token that it brings.

        Raises:
            Refused: 401 without a token that still serves; 403 without a header that this world asks for.
        """
        kind, _, token = (exchange.header("authorization") or "").partition(" ")
        used = self.tokens.get(token)
        allowed = self.world.quirks.token_calls
        if kind.lower() != "bearer" or used is None or (allowed is not None and used >= allowed):
            raise Refused(401)
        self.tokens[token] = used + 1
        if self.world.quirks.requested_with and exchange.header("x-requested-with") is None:
            raise Refused(403)
