"""No bit gets from one sample to the next: what one does to anything that the kernel lets it write, the next cannot see.

What the kernel shows of the whole machine (how busy it is, how long things take, the numbers that it gives to pipes)
is named in docs/security.md, and not asked here. benchmarks/fuzz_channels.py does more of it, at random.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.grading.sandbox.process_start import SandboxSettings
from modelassay.grading.sandbox.sandbox import Sandbox
from support.channels import LIMIT, OBSERVE, SENDERS, seen


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as sandbox:
        if {"namespaces", "seccomp"} - sandbox.layers().keys():
            pytest.skip("no strong sandbox here")
        yield sandbox


@pytest.mark.parametrize("name", SENDERS)
def test_the_next_sees_nothing(sandbox: Sandbox, name: str) -> None:
    """Whatever a sample writes to, the next one observes what it would have observed without it."""
    before = seen(sandbox)
    text = OBSERVE + SENDERS[name] + "\n"

    sandbox.run(text.encode(), [], LIMIT, lockstep=False).finish()

    assert seen(sandbox) == before


def test_the_order_of_samples_is_not_seen(sandbox: Sandbox) -> None:
    """Neither how many there were before, nor whether the sandbox is a fresh one."""
    first = seen(sandbox)
    for _ in range(5):
        sandbox.run(b"x = 1\n", [], LIMIT, lockstep=False).finish()
    assert seen(sandbox) == first
    with Sandbox(SandboxSettings()) as fresh:
        fresh.layers()
        differ = [(a, b) for a, b in zip(seen(fresh), first, strict=True) if a != b]
        assert all("16877" in a for a, _ in differ), differ  # when its root was made, which is a time


def test_a_lock_of_a_sample_is_not_made(sandbox: Sandbox) -> None:
    """It is told that it has the lock of a file that all samples have, and nobody else can see one."""
    program = (
        "import fcntl, os, time\nfile = open(os.__file__)\nfcntl.lockf(file, fcntl.LOCK_SH)\ntime.sleep(1)\n"
    )
    run = sandbox.run(program.encode(), [], LIMIT, lockstep=False)
    with Path(os.__file__).open() as file:
        for _ in range(20):
            asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
            assert struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_GETLK, asked))[0] == fcntl.F_UNLCK
            time.sleep(0.05)
    assert run.answer(0) == b"k"  # loaded to its end
    run.finish()
