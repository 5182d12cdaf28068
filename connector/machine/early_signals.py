"""
Signals that come while a service is still being loaded wait until it hears them.

A process ends by one that it does not hear: SIGHUP would end a service that is to read its settings again, and systemd, which takes that for
a good end, would leave it so. As the first process of a container it would not even end by SIGTERM.
"""

from __future__ import annotations

import signal

WAITING = frozenset({signal.SIGHUP, signal.SIGTERM})


def let_wait() -> None:
    """Have them wait, in this thread and in those that it begins."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITING)


def let_come() -> None:
    """Take those that waited, and the next ones at once."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITING)
