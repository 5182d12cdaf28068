"""A private certificate authority, made for a test run; nobody trusts it by himself."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


class Authority:
    """
    An authority with a certificate for some names.

    Args:
        folder: where keys and certificates are written.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("the command openssl is not there: no private authority can be made")
        self.file = folder / "authority.pem"
        key, asked = folder / "authority.key", folder / "asked.csr"
        self._server_key, self._server = folder / "server.key", folder / "server.pem"
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        _openssl("req", "-x509", *new, "-keyout", key, "-out", self.file, "-days", "30", "-subj", "/CN=Private Authority",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
        _openssl("req", *new, "-keyout", self._server_key, "-out", asked, "-subj", f"/CN={names[0]}")
        more = folder / "more.cnf"
        named = ",".join(f"DNS:{name}" for name in names)
        more.write_text(
            f"subjectAltName={named}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nkeyUsage=digitalSignature\n",
            encoding="utf-8",
        )
        _openssl("x509", "-req", "-in", asked, "-CA", self.file, "-CAkey", key, "-CAcreateserial", "-days", "30", "-extfile", more,
                 "-out", self._server)  # fmt: skip

    def server(self) -> ssl.SSLContext:
        """What a server with the certificate uses."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._server, self._server_key)
        return context


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
