"""How many engines and graders a cluster gets, as its size and the work change. Which node each is put on is Ray's choice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Staff:
    """Actors wanted of each kind."""

    engines: int
    graders: int


def cpus_each(cpus: float) -> float:
    """CPUs of one actor: one, or half a one where a cluster has no two, so that both kinds have a place."""
    return 1.0 if cpus >= 2 else 0.5


def staff(cpus: float, gpus: float, *, to_sample: int, to_grade: int) -> Staff:
    """to_sample, to_grade: blocks that wait or are at work; more will be to grade as long as there is anything to sample.

    gpus: 0 where the engines need none. Every engine has a GPU, or half of all places are engines'; the rest grade.
    """
    places = max(1, int(cpus / cpus_each(cpus)))
    most = int(gpus) if gpus >= 1 else max(1, places // 2)
    engines = min(most, to_sample)
    room = max(1, places - engines)
    return Staff(engines, min(room, max(to_grade, 1 if to_sample else 0)))
