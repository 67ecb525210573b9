"""Fuzz the conversation: candidates that answer whatever they like, whenever they like, for as long as you like.

    python benchmarks/fuzz_protocol.py --seconds 600 [--seed 0]

Each candidate writes frames of its own to its descriptors, while it is loaded or when it is called: answers that were
mutated, doubled, cut, of another kind, many at once, with pauses, after which it goes on, ends or dies. The expected
values are drawn anew for each problem, so nobody can know them. No such candidate may pass, none may break the test runner or
be ungraded, and an honest one after every twenty still passes. Findings are printed; the exit code is 1.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter

from fuzz_boundary import frame, mutated

from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Check, Pairs, Problem, Suite
from modelassay.grading.pool import Pool, PoolOptions, Tally
from modelassay.grading.sandbox.limits import Limits

HOSTILE_EACH = 20  # to one honest candidate
KINDS = b"kevworrdmx?"  # the first byte of an answer, right ones and wrong ones
LIAR = """
import os, sys, time
SAID = {said!r}
def lie():
    for part, pause in SAID:
        for descriptor in range({first}, 12):
            try:
                os.write(descriptor, part.encode("latin-1"))
            except OSError:
                pass
        time.sleep(pause)
    {after}
{early}
def secret(a):
    lie()
    return {returned}
"""


def problem(rng: random.Random, number: int) -> tuple[Problem, str]:
    """A function whose values are drawn by lot, under one of the three forms of tests; and its program."""
    values = [rng.choice([rng.getrandbits(60), [rng.random()], str(rng.random())]) for _ in range(4)]
    honest = f"def secret(a):\n    return {values!r}[a]\n"
    checks = [f"assert candidate({n}) == {value!r}" for n, value in enumerate(values)]
    oracles: list[Asserts | Check | Pairs] = [
        Check(source="def check(candidate):\n" + "".join(f"    {line}\n" for line in checks)),
        Asserts(asserts=tuple(line.replace("candidate", "secret") for line in checks)),
        Pairs(inputs=tuple([n] for n in range(4)), reference=honest),
    ]
    suite = Suite(name="base", oracle=rng.choice(oracles))
    return Problem(
        id=f"secret/{number}",
        prompt="def secret(a):\n",
        entry_point="secret",
        suites=(suite,),
        reference=honest,
    ), honest


def liar(rng: random.Random) -> str:
    """A candidate that speaks out of turn."""
    said = []
    for _ in range(rng.choice((1, 1, 2, 6))):
        body = bytes([rng.choice(KINDS)]) + (mutated(rng, frame(rng)) if rng.random() < 0.7 else frame(rng))
        size = len(body) if rng.random() < 0.8 else rng.choice((0, 1, len(body) + 9, 1 << 20, (1 << 32) - 1))
        part = size.to_bytes(4, "little") + body
        said.append(((part * rng.choice((1, 1, 1, 5, 40))).decode("latin-1"), rng.choice((0, 0, 0, 0.01))))
    return LIAR.format(
        said=said,
        first=rng.choice((0, 3)),
        after=rng.choice(
            ["pass", "pass", "os._exit(0)", "os.abort()", "raise SystemExit", "os.close(4)", "os.fork()"]
        ),
        early=rng.choice(["", "", "lie()"]),
        returned=rng.choice(["a", "None", "object()", "[[]] * 9", "secret", "iter([a])"]),
    )


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, tally = random.Random(options.seed), Tally()
    outcomes: Counter[str] = Counter()
    findings, number, end = 0, 0, time.monotonic() + options.seconds
    with Pool(PoolOptions(workers=2, dedupe=False, limits=Limits(cpu_seconds=0.5))) as pool:
        while time.monotonic() < end:
            asked, honest = problem(rng, number)
            texts = [*(liar(rng) for _ in range(HOSTILE_EACH)), honest]
            given = [
                Completion(problem=asked.id, index=i, text=text, form="program")
                for i, text in enumerate(texts)
            ]
            ungraded, retried = tally.ungraded, tally.retried
            grades = {g.index: g for batch in pool.grade([(asked, given)], tally) for g in batch}
            outcomes.update(g.outcome for g in grades.values())
            wrong = [i for i in range(HOSTILE_EACH) if i in grades and grades[i].outcome == "passed"]
            if HOSTILE_EACH not in grades or grades[HOSTILE_EACH].outcome != "passed":
                wrong.append(HOSTILE_EACH)
            wrong += [i for i in range(len(texts)) if i not in grades]
            if wrong or tally.ungraded > ungraded or tally.retried > retried:
                findings += 1
                print(
                    json.dumps(
                        {
                            "problem": number,
                            "wrong": wrong,
                            "trouble": tally.troubles.get(asked.id),
                            "retried": tally.retried - retried,
                            "texts": [texts[i] for i in wrong],
                        }
                    )
                )
            number += 1
    print(f"{tally.candidates:,} candidates, {dict(outcomes)}, {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
