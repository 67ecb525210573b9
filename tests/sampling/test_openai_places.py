"""How much is asked of a server at once."""

import asyncio

import pytest

from modelassay.sampling.openai_places import Places, neighbours


@pytest.mark.parametrize(
    ("indices", "most", "groups"),
    [
        ((), 8, []),
        ((0, 1, 2, 3, 4), 8, [range(5)]),
        ((0, 1, 2, 3, 4), 2, [range(2), range(2, 4), range(4, 5)]),
        ((1, 2, 6), 8, [range(1, 3), range(6, 7)]),
        ((3, 1, 2), 8, [range(3, 4), range(1, 3)]),
        ((0, 1), 1, [range(1), range(1, 2)]),
    ],
)
def test_indices_that_follow_one_another_share_a_request(
    indices: tuple[int, ...], most: int, groups: list[range]
) -> None:
    """Where some are there already, what is between them is asked for, and no more."""
    assert list(neighbours(indices, most)) == groups


def test_two_requests_of_half_the_places_each_do_not_wait_for_one_another() -> None:
    """Nine requests for three of four places: one at a time, and all have their turn."""
    most = 0

    async def run() -> None:
        places, held = Places(4), 0

        async def ask() -> None:
            nonlocal held, most
            async with places.held(3):
                held += 3
                most = max(most, held)
                await asyncio.sleep(0)
                held -= 3

        await asyncio.wait_for(asyncio.gather(*(ask() for _ in range(9))), 10)

    asyncio.run(run())
    assert most == 3


def test_places_of_a_request_that_is_dropped_are_free_again() -> None:
    """Also of one that was still waiting for its second place."""

    async def run() -> None:
        places = Places(2)
        async with places.held():
            waiting = asyncio.create_task(places.held(2).__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(5), places.held(2):
            pass

    asyncio.run(run())
