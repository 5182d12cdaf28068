"""
How hosts are reached: through which proxy, and whose certificates are trusted. The same for every transport.

A proxy is asked for a tunnel (CONNECT), so it sees the names of hosts and nothing that is sent to them.
"""

from __future__ import annotations

import os
import re
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from connector.errors import SettingsError
from connector.http.hosts import can_be_named, is_loopback
from connector.secrets.hiding import keep

ENVIRONMENT, NONE = "environment", "none"
SETTING = "http.proxy"
MAX_ANSWER_BYTES = 100_000_000
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Proxy(msgspec.Struct, frozen=True):
    """A proxy, and how to sign in there."""

    url: str
    """`http://host:port`, without user and password."""
    authorization: str = ""
    """The value of Proxy-Authorization; a secret."""
    origin: str = "http.proxy"
    """The setting or the variable that names it."""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """
    What [http] says of the network.

    Args:
        proxy: "environment", "none", or `http://[user@]host[:port]`.
        ca_file: certificates that are trusted besides the machine's own; empty: none.
        max_answer_bytes: of one answer that is not a file, unpacked.
    """

    proxy: str = ENVIRONMENT
    proxy_password: str = ""
    ca_file: str = ""
    max_answer_bytes: int = MAX_ANSWER_BYTES

    def proxy_for(self, url: str, environment: Mapping[str, str] | None = None) -> Proxy | None:
        """
        Choose the proxy for an address; None: straight.

        Raises:
            SettingsError: what is named is no proxy that can be used.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if self.proxy == NONE or is_loopback(host):
            return None
        if self.proxy != ENVIRONMENT:
            return parse_proxy(self.proxy, SETTING, self.proxy_password)
        environment = os.environ if environment is None else environment
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if is_exempt(host, port, _variable(environment, "no_proxy")[1]):
            return None
        name, value = _variable(environment, f"{parts.scheme}_proxy")
        return parse_proxy(value, name, self.proxy_password) if value else None

    def check(self, urls: Iterable[str]) -> None:
        """
        Look at everything that these addresses need, before any of them is called.

        Raises:
            SettingsError
        """
        if self.proxy not in {ENVIRONMENT, NONE}:
            if urlsplit(self.proxy).password:
                raise SettingsError(
                    "http.proxy", "holds a password; give it as http.proxy_password, a secret"
                )
            parse_proxy(self.proxy, SETTING)
        if self.proxy_password:
            keep([self.proxy_password])
        for url in urls:
            self.proxy_for(url)
        if self.ca_file:
            self.trust()

    def words_for(self, url: str) -> str:
        """How an address is reached, in words; empty: straight, with the machine's own certificates."""
        proxy = self.proxy_for(url)
        parts = [f"through a tunnel of the proxy {proxy.url}, which {proxy.origin} names"] if proxy else []
        if self.ca_file and url.startswith("https:"):
            parts.append(f"certificates also checked by {self.ca_file}")
        return ", ".join(parts)

    def trust(self, *, protocol: str = "http/1.1") -> ssl.SSLContext:
        """
        The machine's own list of certificate authorities, and those of `ca_file`.

        Args:
            protocol: what is asked for in the greeting of TLS (ALPN); empty: nothing.

        Raises:
            SettingsError: `ca_file` holds no certificate.
        """
        named = (os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
        changed = (
            Path(self.ca_file).stat().st_mtime_ns if self.ca_file and Path(self.ca_file).is_file() else 0
        )
        return _trust(self.ca_file, named, changed, protocol)


OF_THE_MACHINE = Network()
"""As the environment says, with the machine's own certificates."""


def _variable(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """Find a variable in either case; the lower one goes first, as curl does it."""
    for spelled in (name, name.upper()):
        if value := environment.get(spelled, "").strip():
            return spelled, value
    return name, ""


def parse_proxy(value: str, origin: str, password: str = "") -> Proxy:
    """
    Read a proxy's address; `host:port` means http.

    Raises:
        SettingsError: of a kind that is not spoken, or no address.
    """
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if (
        parts.scheme != "http"
        or not parts.hostname
        or not can_be_named(parts.hostname)
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise SettingsError(
            SETTING,
            'expected "environment", "none", or a proxy such as http://proxy.example.com:3128 (https and socks proxies are not spoken)',
            origin=f"environment variable {origin}" if origin != SETTING else "",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user, word = unquote(parts.username or ""), unquote(parts.password or "") or password
    signed = b64encode(f"{user}:{word}".encode()).decode() if user else ""
    keep([word, signed])
    return Proxy(f"http://{host}:{port}", f"Basic {signed}" if signed else "", origin)


def is_exempt(host: str, port: int, no_proxy: str) -> bool:
    """
    Whether NO_PROXY takes a host out: names with all below them, addresses, networks, each with or without a port; `*`.
    """
    host = host.lower().rstrip(".")
    for entry in no_proxy.replace(",", " ").lower().split():
        name, colon, number = entry.rpartition(":")
        if colon and number.isdigit() and (":" not in name or name.endswith("]")):
            if int(number) != port:
                continue
            entry = name
        entry = entry.strip("[]")
        bare = entry.removeprefix("*").removeprefix(".").rstrip(".")
        if entry == "*" or (bare and (host == bare or host.endswith(f".{bare}"))):
            return True
        try:
            if ip_address(host) in ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


@lru_cache(maxsize=8)
def _trust(ca_file: str, _named: tuple[str, str], _changed: int, protocol: str) -> ssl.SSLContext:
    context = ssl.create_default_context()  # OpenSSL itself reads SSL_CERT_FILE and SSL_CERT_DIR
    if ca_file:
        try:
            found = Path(ca_file).read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise SettingsError("http.ca_file", f"{ca_file} cannot be read: {reason}") from error
        blocks = b"\n".join(_PEM.findall(found))  # what stands between them may be in any language
        try:
            context.load_verify_locations(cadata=blocks.decode("ascii") if blocks else found)
        except (ssl.SSLError, ValueError) as error:
            raise SettingsError(
                "http.ca_file", f"{ca_file} holds no certificate (PEM or DER is expected)"
            ) from error
    if protocol:
        context.set_alpn_protocols([protocol])
    return context


NO_TLS = "it does not speak TLS there: is it an http address, or another port?"


def speaks_no_tls(error: BaseException) -> bool:
    """Whether the other side answered the greeting of TLS with something else, such as plain HTTP."""
    return isinstance(error, ssl.SSLError) and "WRONG_VERSION" in (error.reason or "")


def words_of_certificate(error: ssl.SSLCertVerificationError) -> str:
    """Say what is wrong with a certificate, and what to mend."""
    found = (error.verify_message or str(error)).rstrip(".")
    if error.verify_code in {62, 63, 64}:  # X509_V_ERR_HOSTNAME_MISMATCH, EMAIL, IP_ADDRESS
        return f"its certificate is for another name ({found}); check the address in the settings"
    if error.verify_code in {9, 10}:  # not yet valid, expired
        return f"its certificate is not valid now ({found}); have whoever runs it renew it, or set this machine's clock"
    what_to_do = _words_of_named_list() or "set http.ca_file, or SSL_CERT_FILE"
    return f"certificate not trusted ({found}); {what_to_do}"


def _words_of_named_list() -> str:
    """Say that the list of authorities that the environment names is none, which OpenSSL passes over; empty where it is one."""
    if named := os.environ.get("SSL_CERT_FILE"):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(named)
        except OSError:  # that of OpenSSL as well
            return f"SSL_CERT_FILE names {named}, of which no certificate can be read"
    return ""
