"""Whether two pushes of one document were ever under way at once: rule 5, watched beside any run."""

from __future__ import annotations

from typing import Any

from connector.target.client import Interact


class OneAtATime:
    """Watches every push on its way: of one document never two are under way at once (rule 5)."""

    def __init__(self) -> None:
        self.under_way: list[set[str]] = []
        self.met: list[str] = []
        """Documents of which two were."""
        self.before = push = Interact.push

        async def watched(target: Interact, batch: Any, **more: Any) -> Any:
            ids = {rendered.id for rendered, _ in batch}
            if any(ids < other for other in self.under_way):
                return await push(target, batch, **more)  # a part of a batch that was refused as a whole
            self.met += [one for other in self.under_way for one in ids & other]
            self.under_way.append(ids)
            try:
                return await push(target, batch, **more)
            finally:
                self.under_way.remove(ids)

        Interact.push = watched  # type: ignore[method-assign, assignment]

    def stop(self) -> None:
        """Watch no more."""
        Interact.push = self.before  # type: ignore[method-assign]
