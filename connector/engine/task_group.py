"""Work done side by side within one structure, with one error instead of a group of errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Wait for all, in their order; the first error ends the others and is raised as it is."""

    async def wait(one: Awaitable[T]) -> T:
        return await one

    parts = list(work)
    if not parts:  # as of most pages
        return []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(wait(one)) for one in parts]
    except BaseExceptionGroup as errors:
        raise first_of(errors) from None
    return [task.result() for task in tasks]


@asynccontextmanager
async def begun(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Begin some work, to be waited for inside, where its error is raised; what nobody waited for is ended at the end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        await end(task)  # its error was raised inside, or is less than what ended the work there


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel some work and wait until it has ended; what it raises is told to nobody."""
    task.cancel()
    try:
        await ended(task)
    finally:
        if task.done() and not task.cancelled():
            task.exception()


async def ended(*work: asyncio.Task[Any]) -> None:
    """
    Wait until some work has ended, whatever it raises.

    Whoever is cancelled meanwhile cancels the work, and is cancelled once it has ended: nothing goes on behind his back.
    """
    cancelled: asyncio.CancelledError | None = None
    while going := [one for one in work if not one.done()]:
        try:
            await asyncio.wait(going)
        except asyncio.CancelledError as error:
            cancelled = error
            for one in going:
                one.cancel()
    if cancelled is not None:
        raise cancelled


async def wait_for_event(event: asyncio.Event, *, at_most: float) -> None:
    """Wait until something happens; whoever asks, looks again after so many seconds at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(at_most):
            await event.wait()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Do some work beside what stands inside; it has ended at the end, and its error is raised there and not before."""
    async with begun(work) as task:
        yield
        await task


@asynccontextmanager
async def despite(work: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Do some work, then what stands inside whatever became of it; its error, a bug of ours too, is raised after that."""
    async with begun(work) as task:
        await asyncio.wait({task})
        yield
        await task


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
