"""Work done side by side within one structure, with one error instead of a group of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Wait for all, in their order; the first error ends the others and is raised as it is."""

    async def wait(one: Awaitable[T]) -> T:
        return await one

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(wait(one)) for one in work]
    except BaseExceptionGroup as errors:
        raise first_of(errors) from None
    return [task.result() for task in tasks]


def first_of(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first single error of a group, however deep; a bug of ours before everything else."""
    singles: list[BaseException] = []
    pending: list[BaseException] = [errors]
    while pending:
        error = pending.pop(0)
        if isinstance(error, BaseExceptionGroup):
            pending[:0] = error.exceptions
        else:
            singles.append(error)
    bugs = [error for error in singles if isinstance(error, RuntimeError | AssertionError)]
    return (bugs or singles)[0]
