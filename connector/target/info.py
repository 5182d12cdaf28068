"""The public info page of an intranet: where its API answers, and which tenant it is. Nothing secret is sent or told."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from connector.errors import TargetUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Exchange, Reply
from connector.http.hosts import is_loopback
from connector.http.httpx_transport import open_for_latin
from connector.http.json_rows import read_value
from connector.http.neighbour import Neighbour
from connector.http.network import Network

INFO = Exchange(
    method="GET",
    path="/info",
    purpose="Reads where the intranet's API answers, and its tenant; only during `connector init`.",
    sends="nothing",
    receives="the address of the API, the tenant, the name of the intranet",
    personal_data=False,
)
TIMEOUT_S = 10.0


class Info(msgspec.Struct, frozen=True, rename="pascal"):
    """
    What the page tells, as far as it is used here.

    Source: Interact, reference/information.
    """

    api_domain: str
    tenant_guid: str
    name: str = ""


async def read_info(address: str) -> Info:
    """
    Ask an intranet for its info page.

    Args:
        address: as people type it, with or without scheme.

    Raises:
        TargetUnavailable: it is no address, it does not answer, or not with that page.
    """
    try:
        parts = _parts(address)
    except ValueError as error:
        raise TargetUnavailable(f"{address!r} is no address of an intranet ({error}).") from error
    scheme = parts.scheme if is_loopback(parts.hostname or "") else "https"
    async with open_for_latin(1, TIMEOUT_S, Network()) as transport:
        neighbour = Neighbour(
            transport,
            name="The intranet",
            base_url=f"{scheme}://{parts.netloc}",
            exchanges=(INFO,),
            unavailable=TargetUnavailable,
            policy=CallPolicy(attempts=1, backoff_max_s=1.0),
        )
        info = await neighbour.call("GET", "/info", read=_read)
    if "://" not in info.api_domain and is_loopback(_parts(info.api_domain).hostname or ""):
        return msgspec.structs.replace(info, api_domain=f"{scheme}://{info.api_domain}")
    return info


def _read(reply: Reply) -> Info:
    problem: Any = f"status {reply.status}"
    if reply.status == 200:
        try:
            info = read_value(reply.body, Info)
            _parts(info.api_domain)
            return info
        except (msgspec.DecodeError, ValueError) as error:
            problem = error
    raise TargetUnavailable(f"The intranet's info page cannot be read ({problem}).")


def _parts(address: str) -> SplitResult:
    """
    Take an address apart, with or without scheme.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(address if "://" in address else f"https://{address}")
    _ = parts.port  # raises for what is no number
    return parts
