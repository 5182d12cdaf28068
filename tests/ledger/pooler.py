"""A pooler before a server of PostgreSQL, as small as it can be: it hands one connection on after each transaction, or keeps one for each client."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FIRST = (b"Q", b"S", b"F")
"""Messages after which the server says when it is ready again."""


class Server:
    """One connection to the server, which is begun as the first client asked."""

    def __init__(self, place: str, startup: bytes) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(place)
        self.turn = threading.Lock()
        self._socket.sendall(startup)
        self.greeting = b"".join(one for one in self.answers() if one[:1] == b"S")

    def send(self, message: bytes) -> None:
        self._socket.sendall(message)

    def answers(self) -> Iterator[bytes]:
        """Messages up to the one that says that it is ready."""
        while True:
            message = read_message(self._socket)
            yield message
            if message[:1] == b"Z":
                return

    def close(self) -> None:
        self._socket.close()


def read(peer: socket.socket, length: int) -> bytes:
    told = b""
    while len(told) < length:
        if not (more := peer.recv(length - len(told))):
            raise ConnectionError
        told += more
    return told


def read_message(peer: socket.socket) -> bytes:
    head = read(peer, 5)
    return head + read(peer, struct.unpack("!I", head[1:])[0] - 4)


class Pooler:
    """
    Args:
        place: the socket of the server.
        parts: whether a connection is handed on after each transaction.
    """

    def __init__(self, place: str, *, parts: bool) -> None:
        self._place, self._parts = place, parts
        self._servers: list[Server] = []

    def serve(self, client: socket.socket) -> None:
        with client, suppress(ConnectionError, OSError):
            length = read(client, 4)
            server = self._server(length + read(client, struct.unpack("!I", length)[0] - 4))
            made_up = b"K" + struct.pack("!III", 12, 7, 7)
            client.sendall(
                b"R" + struct.pack("!II", 8, 0) + server.greeting + made_up + b"Z\x00\x00\x00\x05I"
            )
            self._hand_on(client, server)

    def _server(self, startup: bytes) -> Server:
        if not (self._parts and self._servers):
            self._servers.append(Server(self._place, startup))
        return self._servers[-1]

    def _hand_on(self, client: socket.socket, server: Server) -> None:
        while (message := read_message(client))[:1] != b"X":
            with server.turn:
                while not self._ends(client, server, message):
                    message = read_message(client)

    def _ends(self, client: socket.socket, server: Server, message: bytes) -> bool:
        """Send a message on; whether no transaction is open after it."""
        server.send(message)
        answer = b""
        for answer in server.answers() if message[:1] in FIRST else ():
            client.sendall(answer)
        return answer[5:] == b"I"

    def close(self) -> None:
        for one in self._servers:
            one.close()


@contextmanager
def pooler(place: str, folder: Path, *, parts: bool) -> Iterator[None]:
    """A pooler that listens in a folder."""
    one = Pooler(place, parts=parts)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / ".s.PGSQL.5432"))
        listening.listen()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=one.serve, args=[client], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            one.close()
