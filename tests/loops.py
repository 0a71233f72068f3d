"""Asynchronous code in tests: a browser test that ran before in this process keeps its own loop running here."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def in_a_loop(what: Coroutine[Any, Any, T]) -> T:
    """What it gives, in a loop and a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, what).result(120)
