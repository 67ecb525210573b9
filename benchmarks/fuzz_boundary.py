"""Fuzz the trust boundary: bytes a hostile candidate may send, for as long as you like.

    python benchmarks/fuzz_boundary.py --seconds 600 [--seed 0]

Frames of random values, by both writers, are mutated: bytes changed, cut, doubled, spliced with another frame, lengths
and tags overwritten; some are plain noise. `decode` must give a value or raise CodecError, within a second of CPU and
256 MiB; what it gives can be written and read again, and comparing it takes no longer. Every finding is printed as hex, for a test of its own, and the exit code is 1.
"""

import argparse
import random
import resource
import sys
import time
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction
from typing import Any

from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.codec import decode, encode
from modelassay.grading.boundary.writer import Writer

SLOW = 1.0  # seconds of CPU
LARGE = 256 << 20  # bytes


def value(rng: random.Random, depth: int = 0) -> Any:
    """A random value of the kinds that cross."""
    leaves = [
        None, True, ..., rng.randrange(-5, 300), rng.getrandbits(rng.choice((40, 90, 3000))), rng.random(), float("nan"),
        complex(rng.random(), -0.0), "a\ud800é" * rng.randrange(4), rng.randbytes(rng.randrange(9)),
        range(rng.randrange(9)), Decimal(rng.randrange(999)).scaleb(-3), Fraction(rng.randrange(9), 7),
        date(2026, 2, 28), datetime(2026, 2, 28, 1, 2, 3, 4), clock(1, 2), timedelta(seconds=rng.random()),
        ValueError("no", 3), object(), iter([1, 2]),
    ]  # fmt: skip
    if depth > 4 or rng.random() < 0.4:
        return rng.choice(leaves)
    inner = [value(rng, depth + 1) for _ in range(rng.randrange(6))]
    plain = [x for x in inner if isinstance(x, int | str | float)]
    shared = [inner, inner]
    return rng.choice(
        [
            inner, tuple(inner), shared, set(plain), frozenset(plain), dict.fromkeys(plain, inner), deque(inner, 9),
            Counter(plain), OrderedDict.fromkeys(plain, 1), defaultdict(int, dict.fromkeys(plain, 2)),
        ]
    )  # fmt: skip


def frame(rng: random.Random) -> bytes:
    """The bytes of a random value, by one of the writers."""
    while True:
        try:
            made = value(rng)
            return encode(made) if rng.random() < 0.5 else Writer().whole(made)
        except CodecError:
            continue


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The frame as a liar might send it."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(7):
            case 0 if changed:
                changed[at % len(changed)] = rng.randrange(256)
            case 1 if changed:
                changed[at % len(changed)] ^= 1 << rng.randrange(8)
            case 2:
                del changed[at : at + rng.choice((1, 4, 40))]
            case 3:
                changed[at:at] = changed[at : at + rng.choice((1, 8, 80))] * rng.choice((1, 2, 50))
            case 4:
                changed[at : at + 4] = rng.choice(
                    (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff" * 8)
                )
            case 5:
                changed[at:] = frame(rng)
            case 6:
                changed[at:at] = rng.randbytes(rng.choice((1, 3, 60)))
    return bytes(changed) if rng.random() < 0.97 else rng.randbytes(rng.randrange(200))


def trouble(data: bytes) -> str:
    """What is wrong with how `decode` takes these bytes; "" for nothing."""
    started = time.process_time()
    try:
        found = decode(data)
    except CodecError:
        return "slow to refuse" if time.process_time() - started > SLOW else ""
    except BaseException as error:  # anything else is a finding, whatever it is
        return f"{type(error).__name__}: {error}"
    if b"iterator" in data:  # can be gone through only once
        return ""
    try:
        again = decode(encode(found))
        hash(repr(type(found)))
        _ = found == again
    except CodecError:
        pass  # opaque values and iterators cannot go back
    except BaseException as error:
        return f"the value bites: {type(error).__name__}: {error}"
    return "slow" if time.process_time() - started > SLOW else ""


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    end, tried, values, findings = time.monotonic() + options.seconds, 0, 0, 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while time.monotonic() < end:
        data = mutated(rng, frame(rng))
        tried += 1
        wrong = trouble(data)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) * 1024
        if grown > LARGE:
            wrong, used = wrong or f"{grown >> 20} MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if wrong:
            findings += 1
            print(f"{wrong}: {data.hex()}")
        elif tried % 20 == 0:
            try:
                decode(data)
                values += 1
            except CodecError:
                pass
    print(f"{tried:,} frames, about {20 * values / max(tried, 1):.0%} read as values, {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
