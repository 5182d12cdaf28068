"""What is said of calls that failed, in words of ours, whichever library carried them: no address, which may be signed, and nothing that came."""

from __future__ import annotations

import os
import re
import socket
import ssl

from connector.http.exchange import PASSING, NeverSent
from connector.http.network import NO_TLS, speaks_no_tls, words_of_certificate
from connector.secrets.hiding import hide

LONGEST_WORDS = 200
"""Characters of somebody else's words that are repeated in ours."""
_WHAT_CAME = re.compile(r"""(?:bytearray\()?\bb['"]| for https?://""")
"""Where others' words go over to the bytes that could not be read, or to the address."""


def unreached(error: OSError, through: str) -> NeverSent:
    """
    There is no connection to a host: why, and what to look at.

    Args:
        through: what names the proxy; empty where there is none.
    """
    is_unnamed = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    step = "this machine finds no names now (DNS)" if is_unnamed else "check its address in the settings"
    return NeverSent(f"{through}{why_of(error)}; {step}")


def why_of(error: OSError) -> str:
    """Why there is no connection, in the words of the system: Connection refused, Name or service not known ..."""
    if speaks_no_tls(error):
        return NO_TLS
    if isinstance(error, ssl.SSLError) or not error.errno:
        return words_of_error(error)
    return os.strerror(error.errno) if error.errno > 0 else error.strerror or words_of_error(error)


def untrusted(error: Exception) -> NeverSent:
    """The host's certificate is not trusted: nothing was sent, and no further attempt would be."""
    return NeverSent(
        words_of_certificate(error)
        if isinstance(error, ssl.SSLCertVerificationError)
        else words_of_error(error),
        lasting=True,
    )


def refused_by_proxy(named: str, status: int, words: str) -> NeverSent:
    """A proxy let no connection through. `named`: the setting or variable that names it; the others: its answer."""
    if status == 407:
        return NeverSent(
            f"the proxy that {named} names requires a valid sign-in (407); check its user and http.proxy_password",
            lasting=True,
        )
    return NeverSent(
        f"the proxy that {named} names refused to connect ({status} {hide(words.strip())[:80]})",
        lasting=status not in PASSING,
    )


def words_of_error(error: Exception, said: str | None = None) -> str:
    """
    An error's own words, without the address that was asked for, and without what came: that may be somebody's name.

    Args:
        said: its words, where its text has more than these.
    """
    words = str(error) if said is None else said
    words = " ".join(_WHAT_CAME.split(words, maxsplit=1)[0].split()).rstrip(":")
    return hide(re.sub(r"^\[Errno -?\w+\] ", "", words))[:LONGEST_WORDS] or type(error).__name__
