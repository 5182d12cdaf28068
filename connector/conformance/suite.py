"""
The suite: one class, to be inherited with one method. Every rule that it plays stands in docs/safety.md.

    class TestMine(Conformance):
        def world(self, folder, now):
            return my_world(folder, now)        # an asynchronous context manager of a `World`

It needs pytest and nothing else; each test starts the real connector between the world and a simulated intranet.
"""

import pytest

pytest.register_assert_rewrite("connector.conformance.rules")  # so that a failure tells what was compared

from connector.conformance.rules import Conformance  # noqa: E402

__all__ = ["Conformance"]
