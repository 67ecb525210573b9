"""Fuzz the channels between samples: random senders, random receivers, in any order, for as long as you like.

    python benchmarks/fuzz_channels.py --seconds 600 [--seed 0]

A sender does some of what tests/support/channels.py knows to write to, hides a word of its own in its memory, and ends in
some way: by itself, by an exception, a signal, its time limit or the grader. A receiver tells all that it can see but times,
which must be what a receiver in a fresh sandbox tells. Half of it is done in one sandbox, where (as root) the memory of each
third receiver and of its fork server is searched for the senders' words; half by a Grader, of one or two workers, with and
without deduplication, across the trust boundary and sealed, where receivers stand anywhere among senders. Findings are
printed; the exit code is 1.
"""

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.oracles.conversation import Conversation
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.process_start import SandboxSettings
from modelassay.grading.sandbox.sandbox import Sandbox
from support.channels import LIMIT, OBSERVE, SENDERS, seen
from support.processes import children, kind, memory

ENDS = (
    "", "", "", "raise ValueError", "os._exit({n})", "os.kill(os.getpid(), {signal})", "import time; time.sleep(99)",
    "while n: n = n", "os.abort()", "attempt(os.fork)", "sys.exit({n})", "import numpy", "import threading, multiprocessing",
)  # fmt: skip
SHORT = LIMIT._replace(cpu_seconds=0.4, call_seconds=0.4, idle_seconds=0.4)
WORD = re.compile(rb"w[o]rd-[0-9a-f]{16}-of-a-sender")
# The root folder and what is in it are as old as the sandbox.
TIMELESS = OBSERVE.replace('("/", "/dev", "/dev/null"', '("/dev/null"')
# Where there is a worker for each CPU, a sample sees that of its worker.
TIMELESS = TIMELESS.replace("sorted(os.sched_getaffinity(0))", "len(os.sched_getaffinity(0))")
WORKERS = (1, 2)
RECEIVER = f"""{TIMELESS}
import hashlib
def observed():
    return "".join(hashlib.sha256(part.encode()).hexdigest()[:2] for part in observe())  # two digits for each thing seen
"""
SEALED = "import contextlib, io\ndef check(candidate):\n    with contextlib.redirect_stdout(io.StringIO()):\n"
PLAIN = "def check(candidate):\n    if True:\n"


def sender(rng: random.Random) -> str:
    """Some of what can be written to, in a row, and an end; its own word is held in several ways."""
    word = f"word-{rng.getrandbits(64):016x}-of-a-sender"
    actions = [SENDERS[name] for name in rng.sample([*SENDERS], rng.randint(1, 4))]
    lines = [
        f"n, held, kept = 1, [{word!r} * {rng.randint(1, 400)}, {{{word!r}: 1}}], bytearray(b'{word}' * 99)",
        *(f"try:\n{indented(action)}\nexcept BaseException: pass" for action in actions),
        rng.choice(ENDS).format(n=rng.randrange(256), signal=rng.choice((9, 11, 6, 15, 2, 10, 26, 19))),
    ]
    if rng.random() < 0.5:
        return OBSERVE + "\n".join(lines) + "\ndef observed(): return 0\n"
    body = "\n".join(lines).replace("n, held, kept", "global n, held, kept\nn, held, kept")
    return f"{OBSERVE}\ndef observed():\n{indented(body)}\n"


def indented(text: str) -> str:
    return "\n".join("    " + line for line in text.split("\n"))


def in_one_sandbox(
    rng: random.Random, sandbox: Sandbox, untouched: list[str], counts: Counter[str]
) -> list[str]:
    """A few senders, one after the other, and a receiver. What it saw that it should not."""
    texts = [sender(rng) for _ in range(rng.choice((1, 1, 2, 4)))]
    for text in texts:
        lockstep = rng.random() < 0.5
        call = [Conversation.operation("C", "observed", (), {})]
        limit = SHORT if rng.random() < 0.9 else LIMIT._replace(idle_seconds=1.0)
        run = sandbox.run(text.encode(), [] if lockstep else call, limit, lockstep=lockstep)
        if lockstep and run.answer(0) == b"k":
            run.ask(call[0])
        if rng.random() < 0.8:
            run.answer(1)
        done = run.finish()
        counts[f"ended {done.reason.decode()}"] += 1
        if not done.clean:
            return []  # the grader would throw the sandbox away
    found = [f"{a[:300]} was {b[:300]}" for a, b in zip(seen(sandbox), untouched, strict=True) if a != b]
    if counts["receivers"] % 3 == 0 and os.geteuid() == 0:
        found += words_in_memory(sandbox)
        counts["memory searched"] += 1
    counts["receivers"] += 1
    counts["senders"] += len(texts)
    return [f"{one}\n--- after\n{texts}" for one in found]


def words_in_memory(sandbox: Sandbox) -> list[str]:
    """Senders' words in the memory of a process that has nothing of its own."""
    run = sandbox.run(b"import time\ntime.sleep(0.2)\n", [], LIMIT, lockstep=False)
    found: list[str] = []
    time.sleep(0.1)
    for pid in children(os.getpid()):
        if (what := kind(pid)) in ("candidate", "forks"):
            try:
                found += [
                    f"{word.decode()} in the memory of {what}" for word in set(WORD.findall(memory(pid)))
                ]
            except OSError:  # it has ended
                continue
    run.finish()
    return found


def problem(sealed: bool, expected: str) -> Problem:
    test = (SEALED if sealed else PLAIN) + f"        assert candidate() == {expected!r}\n"
    suite = Suite(name="base", oracle=Check(source=test))
    return Problem(id="observed/0", prompt="", entry_point="observed", suites=(suite,))


def completions(texts: list[str]) -> list[Completion]:
    return [Completion(problem="observed/0", index=i, text=t, form="program") for i, t in enumerate(texts)]


def untouched_by(workers: int, sealed: bool) -> str:
    """What a receiver tells that is the first sample of its sandbox; the detail of its failure says it."""
    with Grader(Limits(cpu_seconds=1.0), workers=workers, dedupe=False) as grader:
        told = {
            re.search(r"[0-9a-f]{56,}", g.detail)
            for g in grader.grade(problem(sealed, "nothing"), completions([RECEIVER]))
        }
    (found,) = told
    assert found is not None
    return found.group()


def among_samples(
    rng: random.Random,
    graders: list[tuple[int, Grader]],
    expected: dict[tuple[int, bool], str],
    counts: Counter[str],
) -> list[str]:
    """Senders and receivers in any order, graded together. Receivers all pass."""
    texts = [sender(rng) for _ in range(rng.randint(2, 8))]
    order = [RECEIVER] * rng.randint(2, 5) + texts
    rng.shuffle(order)
    sealed = rng.random() < 0.5
    workers, grader = rng.choice(graders)
    grades = grader.grade(problem(sealed, expected[workers, sealed]), completions(order))
    receivers = [g for g in grades if order[g.index] is RECEIVER]
    counts.update(f"{'sealed' if sealed else 'border'} {g.outcome}" for g in receivers)
    counts["receivers"] += len(receivers)
    counts["senders"] += len(texts)
    wrong = [f"{g.mode} {g.outcome} {g.detail}" for g in receivers if g.outcome != "passed"]
    return [f"{one}\n--- among\n{texts}" for one in wrong]


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, counts, findings = random.Random(options.seed), Counter[str](), 0
    expected = {
        (workers, sealed): untouched_by(workers, sealed) for workers in WORKERS for sealed in (False, True)
    }
    limits = Limits(cpu_seconds=1.0)
    graders = [(w, Grader(limits, workers=w, dedupe=d)) for w in WORKERS for d in (False, True)]
    end = time.monotonic() + options.seconds
    with Sandbox(SandboxSettings()) as sandbox:
        sandbox.run(b"import math\n", [], LIMIT, lockstep=False).finish()
        untouched = seen(sandbox)
        while time.monotonic() < end:
            if rng.random() < 0.7:
                found = in_one_sandbox(rng, sandbox, untouched, counts)
            else:
                found = among_samples(rng, graders, expected, counts)
            findings += len(found)
            for one in found:
                print(one, flush=True)
    for _, grader in graders:
        grader.close()
    print(f"{dict(sorted(counts.items()))}, {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
