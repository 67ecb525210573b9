"""How much is asked of a server at once: places that requests take, and indices that share a request."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager


class Places:
    """So many places, of which a request may take several; whoever came first is first."""

    def __init__(self, number: int) -> None:
        self._free, self._turn = asyncio.Semaphore(number), asyncio.Lock()

    @asynccontextmanager
    async def held(self, number: int = 1) -> AsyncIterator[None]:
        """Wait for so many, which are no more than there are, and give them back at the end."""
        taken = 0
        try:
            async with self._turn:  # two that hold a part each would wait for one another
                for _ in range(number):
                    await self._free.acquire()
                    taken += 1
            yield
        finally:
            for _ in range(taken):
                self._free.release()


def neighbours(indices: Sequence[int], most: int) -> Iterator[range]:
    """Indices that follow one another, at most so many together."""
    group = range(0)
    for index in indices:
        if group and index == group.stop and len(group) < most:
            group = range(group.start, index + 1)
            continue
        if group:
            yield group
        group = range(index, index + 1)
    if group:
        yield group
