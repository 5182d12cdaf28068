"""How this process stands on its machine: who reads what it writes, what it leaves behind, how many files it may open."""

from __future__ import annotations

import contextlib
import resource

from connector.machine import owner

OTHER_FILES = 24
"""Open at once besides calls and readers: the ledger and the text cache with their side files, logs, locks, the loop."""
FILES_OF_A_READER = 3
"""Pipes to one process that reads files."""
LEAST_ASKED_FOR = 1_024


def settle() -> None:
    """
    Let nobody else read what this process and its children write, leave no memory behind, and open what may be opened.

    A core file would hold keys and documents. The soft limit of open files is raised to what the machine allows.
    """
    owner.keep_to_ourselves()
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LEAST_ASKED_FOR if hard == resource.RLIM_INFINITY else min(LEAST_ASKED_FOR, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def need_files(calls: int, readers: int) -> None:
    """
    Make sure that a run can open all that it needs at once.

    Args:
        calls: connections to sources and targets together.
        readers: processes that read files.

    Raises:
        ConnectorError: the machine allows fewer.
    """
    from connector.errors import ConnectorError  # not for a process that only helps

    needed = OTHER_FILES + calls + FILES_OF_A_READER * readers
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        raise ConnectorError(
            f"Only {allowed} files may be open at once, and this configuration needs {needed}. Allow more (ulimit -n 1024, "
            "LimitNOFILE= of the service), or lower the concurrency of sources and targets."
        )
