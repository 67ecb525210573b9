"""Whatever is killed, nothing survives it, and what is left goes on."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Pairs, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.pool import Pool, PoolOptions, Tally, grade_many
from modelassay.grading.sandbox.process_start import SandboxSettings, ServerProcess
from modelassay.grading.sandbox.sandbox import Sandbox
from support.processes import candidates, children, kind, wait_until_gone

ADD = Problem(
    id="add",
    prompt="Add two numbers.",
    entry_point="add",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5",))),),
    reference="def add(a, b):\n    return a + b\n",
)
# A script without a main guard, as in a notebook; the endless loops keep every process at work.
SCRIPT = """
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading import Grader, Limits
suites = (Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5",))),)
problem = Problem(id="add", prompt="Add.", entry_point="add", suites=suites)
with Grader(Limits(cpu_seconds=30.0), workers=2) as grader:
    print(grader.grade(problem, ["def add(a, b):\\n    return a + b\\n"])[0].outcome, flush=True)
    loops = [f"def add(a, b):\\n    x = {n}\\n    while True: pass\\n" for n in range(8)]
    grader.grade(problem, loops)
"""


def at_work() -> tuple[subprocess.Popen[str], set[int]]:
    """A grading program at work on endless loops, and all the processes below it."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        text=True,
        # A test run in the background of a shell ignores Ctrl-C, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads yet
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "passed\n"
    time.sleep(0.5)
    below = children(process.pid)
    assert len(below) >= 6  # two test runners, two outer servers, two servers, candidates
    return process, below


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_nothing_survives_the_caller(number: signal.Signals) -> None:
    """kill -9, Ctrl-C and a plain kill of the caller end every process below it."""
    process, below = at_work()

    process.send_signal(number)
    process.wait(20)

    assert wait_until_gone(below) == set()


def test_killed_parts_are_replaced() -> None:
    """kill -9 of test runners and servers at any moment changes no grade and loses no candidate."""
    texts = [f"def add(a, b):\n    x = {n}\n    return a + b\n" for n in range(200)]
    completions = [Completion(problem="add", index=i, text=t) for i, t in enumerate(texts)]
    tally, killed = Tally(), 0
    problems = [(ADD, completions[start : start + 20]) for start in range(0, 200, 20)]
    grades = []
    for batch in grade_many(problems, PoolOptions(workers=2), tally):
        grades += batch
        mine = sorted(children(os.getpid()))
        if mine and killed < 6:
            os.kill(mine[killed % len(mine)], signal.SIGKILL)
            killed += 1

    assert tally.troubles == {}
    assert sorted(g.index for g in grades) == list(range(200))
    assert {g.outcome for g in grades} == {"passed"}
    assert tally.ungraded == 0


def test_what_was_given_ahead_is_not_lost_with_a_killed_test_runner() -> None:
    """Samples of one problem are handed over before the ones before them are done."""
    texts = [f"def add(a, b):\n    x = {n}\n    return a + b\n" for n in range(400)]
    tally, over = Tally(), threading.Event()

    def kill_now_and_then() -> None:
        killed = 0
        while killed < 5 and not over.wait(0.1):
            runners = [pid for pid in children(os.getpid()) if kind(pid) == "runner"]
            for pid in runners[:1]:
                os.kill(pid, signal.SIGKILL)
                killed += 1

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    completions = [Completion(problem="add", index=i, text=t) for i, t in enumerate(texts)]
    (grades,) = grade_many([(ADD, completions)], PoolOptions(workers=2), tally)
    over.set()
    killer.join()

    assert [g.outcome for g in grades] == ["passed"] * 400
    assert tally.ungraded == 0


def cpus_below() -> set[frozenset[int]]:
    """What test runners and supervisors of this process may run on."""
    below = [pid for pid in children(os.getpid()) if kind(pid) in ("runner", "supervisor")]
    return {frozenset(os.sched_getaffinity(pid)) for pid in below}


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU: there is nothing to be shared out")
@pytest.mark.parametrize("spare", [0, 1], ids=["a worker for each CPU", "CPUs are left over"])
def test_where_each_cpu_has_a_worker_its_processes_stay_on_it(spare: int) -> None:
    cpus = os.sched_getaffinity(0)
    completions = [
        Completion(problem="add", index=i, text=f"def add(a, b):\n    return a + b + {i}\n")
        for i in range(64 * len(cpus))
    ]
    pool = Pool(PoolOptions(workers=len(cpus) - spare))
    with pool:
        for _ in pool.grade([(ADD, completions)], Tally()):
            pass
        expected = {frozenset(cpus)} if spare else {frozenset([cpu]) for cpu in cpus}
        end = time.monotonic() + 10  # they stay where they are after their first samples
        while (found := cpus_below()) != expected and time.monotonic() < end:
            time.sleep(0.05)

    assert found == expected
    assert os.sched_getaffinity(0) == cpus


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU: there is nothing to be seen")
def test_what_a_sample_may_use_of_the_cpus_does_not_tell_how_many_came_before_it() -> None:
    """A worker's own processes go to their CPU when they are ready, and a sandbox may be built anew."""
    cpus = os.sched_getaffinity(0)
    body = "    return a + b if len(os.sched_getaffinity(0)) == 1 else -1\n"
    program = "{0}\nimport os\ndef add(a, b):\n" + body
    programs = [program.format(n * "x = 1; ") for n in range(32 * len(cpus))]

    with Grader(workers=len(cpus), dedupe=False) as grader:
        grades = grader.grade(ADD, programs)
        for pid in children(os.getpid()):
            if kind(pid) == "supervisor":
                os.kill(pid, signal.SIGKILL)
        grades += grader.grade(ADD, programs)

    assert {g.outcome for g in grades} == {"passed"}


class Killer(threading.Thread):
    """Kills each process that runs a candidate, `times` of them, as soon as it sees one."""

    def __init__(self, times: int) -> None:
        super().__init__(daemon=True)
        self._times = times
        self.killed: set[int] = set()

    def run(self) -> None:
        while len(self.killed) < self._times:
            for victim in candidates(os.getpid()) - self.killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                    self.killed.add(victim)
            time.sleep(0.01)


BURNING = "def add(a, b):\n    for i in range(4_000_000):\n        pass\n    return a + b\n"


@pytest.mark.parametrize("reference", [None, BURNING], ids=["candidate", "reference"])
def test_a_killed_candidate_is_run_again(reference: str | None) -> None:
    """Who kills a candidate's process from outside changes no verdict, and not what is learnt from a reference."""
    oracle = (
        Pairs(inputs=([2, 3],), reference=reference)
        if reference
        else Asserts(asserts=("assert add(2, 3) == 5",))
    )
    suites = (Suite(name="base", oracle=oracle),)
    problem = Problem(id="add", prompt="Add.", entry_point="add", suites=suites, reference=reference)
    with Grader() as grader:
        grader.grade(ADD, ["def add(a, b):\n    return a + b\n"])
        killer = Killer(1)
        killer.start()
        grades = grader.grade(problem, [BURNING])
        killer.join(1)

    assert len(killer.killed) == 1
    assert [g.outcome for g in grades] == ["passed"]


def test_a_candidate_that_kills_itself_has_crashed() -> None:
    """Each time it is run it ends that way, so it was its own doing."""
    with Grader() as grader:
        (grade,) = grader.grade(ADD, ["import os\ndef add(a, b):\n    os.kill(os.getpid(), 9)\n"])

    assert (grade.outcome, grade.detail) == ("crashed", "killed by signal 9, in call 1")


def test_opens_again_after_close() -> None:
    """A closed grader opens itself for the next grade."""
    grader = Grader()
    program = ["def add(a, b):\n    return a + b\n"]

    first = grader.grade(ADD, program)
    grader.close()
    second = grader.grade(ADD, program)
    grader.close()

    assert [g.outcome for g in (*first, *second)] == ["passed", "passed"]


def test_descriptors_and_processes_do_not_grow() -> None:
    """Ten openings and many candidates leave as many descriptors and processes as before."""
    before = len(list(Path("/proc/self/fd").iterdir())), len(children(os.getpid()))
    for _ in range(5):
        with Grader() as grader:
            grader.grade(ADD, [f"def add(a, b):\n    return a + b + {n}\n" for n in range(5)])

    assert (len(list(Path("/proc/self/fd").iterdir())), len(children(os.getpid()))) == before


def test_a_sandbox_ends_with_a_caller_that_is_gone_before_its_sample_is_forked() -> None:
    """The supervisor was told to wait for a sample that nobody told the fork server of; it does not wait for ever."""
    before = children(os.getpid())
    server = ServerProcess.start(SandboxSettings())
    with Sandbox(SandboxSettings(), server) as sandbox:
        sandbox.layers()
        below = children(os.getpid()) - before
        assert len(below) == 4  # the process outside, the supervisor, two fork servers
        server.control.close()
        assert not wait_until_gone(below)


def test_processes_carry_what_whole_programs_need_only_after_one() -> None:
    """A sample that is asked for a function has no `json` loaded; it can still import it."""
    loaded = "import sys\ndef add(a, b):\n    return a + b if 'json' not in sys.modules and __import__('json') else 0\n"
    with Grader() as grader:
        assert grader.grade(ADD, [loaded])[0].outcome == "passed"


def test_a_killed_fork_server_ends_its_sandbox() -> None:
    """The other fork server is still there, but a sample that is waited for will never come."""
    before = children(os.getpid())
    server = ServerProcess.start(SandboxSettings())
    with Sandbox(SandboxSettings(), server) as sandbox:
        sandbox.layers()
        below = children(os.getpid()) - before
        os.kill(min(pid for pid in below if kind(pid) == "forks"), signal.SIGKILL)
        assert not wait_until_gone(below)


def test_what_others_import_is_in_no_sample_that_imports_nothing() -> None:
    """Whatever ran before: which modules a sample finds loaded depends on its own program alone."""
    loaded = "'timedelta' in [kind.__name__ for kind in object.__subclasses__()]"
    bare = f"def add(a, b):\n    return 0 if {loaded} else a + b\n"
    imports = f"import math\ndef add(a, b):\n    return a + b if {loaded} else 0\n"
    with Grader(dedupe=False) as grader:
        outcomes = [g.outcome for g in grader.grade(ADD, [bare, imports, bare, imports, *[bare] * 3])]
    assert outcomes == ["passed"] * 7
