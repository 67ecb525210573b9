"""Processes below one: which there are, which still live, and what each is."""

import time
from pathlib import Path


def children(pid: int) -> set[int]:
    """Every process below this one, at any depth."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))
        direct = {int(child) for task in tasks for child in task.read_text().split()}
    except OSError:  # it has ended meanwhile, and its children have gone to another process
        return set()
    return direct.union(*map(children, direct))


def alive(pids: set[int]) -> set[int]:
    """Those that still exist and are no zombies."""
    return {p for p in pids if Path(f"/proc/{p}").exists() and " Z " not in _stat(p)}


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


def wait_until_gone(pids: set[int]) -> set[int]:
    """Those still alive after ten seconds."""
    end = time.monotonic() + 10
    while (left := alive(pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def kind(pid: int) -> str:
    """Which part of a grader it is: judge, server (outside its sandbox), sandbox (the server in it), candidate or other."""
    parent = _stat(pid).rpartition(")")[2].split()[1:2]
    number = _number_in_namespace(pid)
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        command = b""
    if b"import judge_process as started" in command:
        return "judge"
    if parent and _number_in_namespace(int(parent[0])) == 1:
        return "candidate"
    if number == 1:
        return "sandbox"
    return "server" if b"import server as started" in command else "other"


def candidates(pid: int) -> set[int]:
    """Below this one, what runs a candidate's program."""
    return {child for child in children(pid) if kind(child) == "candidate"}


def _number_in_namespace(pid: int) -> int:
    """What the process itself takes for its number; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[-1]) for line in status.splitlines() if line.startswith("NSpid:")), 0)
