"""The order of a kernel's calls: few results in use at once, so that more rows of them stay near a core."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from heapq import heappop, heappush


def thrifty(inputs: Mapping[int, Collection[int]], kept: Collection[int]) -> list[int]:
    """The results in an order in which each comes after its inputs: of those that could be next, what frees most.

    inputs: of each result, in some order that is possible; what is no result itself is there from the beginning
    kept:   results that are in use to the end
    """
    place = {result: at for at, result in enumerate(inputs)}
    needs = {result: {one for one in given if one in place} for result, given in inputs.items()}
    users: dict[int, list[int]] = defaultdict(list)
    for result, given in needs.items():
        for one in given:
            users[one].append(result)
    uses = Counter({result: len(found) for result, found in users.items()})
    missing = {result: len(given) for result, given in needs.items()}
    queue: list[tuple[int, int, int]] = []
    order: dict[int, None] = {}

    def enqueue(result: int) -> None:
        """Again where it frees more than it did: it comes out first by the best that was said of it."""
        if not missing[result] and result not in order:
            freed = sum(uses[one] == 1 and one not in kept for one in needs[result])
            heappush(queue, ((result not in kept) - freed, place[result], result))

    for result in inputs:
        enqueue(result)
    while queue:
        *_, result = heappop(queue)
        if result in order:
            continue
        order[result] = None
        uses.subtract(needs[result])
        for user in users[result]:
            missing[user] -= 1
            enqueue(user)
        for one in needs[result]:
            if uses[one] == 1:
                for user in users[one]:
                    enqueue(user)
    return list(order)
