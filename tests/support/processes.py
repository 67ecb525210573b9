"""Processes below one: which there are, which still live, and what each is."""

import threading
import time
from collections.abc import Callable
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
    """Which part of a grader it is: runner, server (outside its sandbox), supervisor, forks (the fork server), candidate or other."""
    numbers = _numbers_in_namespaces(pid)
    depth = len(numbers) - len(_numbers_in_namespaces("self"))
    if depth == 2:
        return "candidate"
    if depth == 1:
        return "supervisor" if numbers[-1] == 1 else "forks"
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        command = b""
    if b"import test_runner_process as started" in command:
        return "runner"
    return "server" if b"import server_start as started" in command else "other"


def memory(pid: int) -> bytes:
    """All that a process has in memory and can write, or that belongs to no file."""
    found = []
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as mem:
        for line in maps:
            place, rights, _, _, _, *name = line.split()
            if "r" not in rights or ("w" not in rights and name) or name in (["[vvar]"], ["[vsyscall]"]):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            mem.seek(start)
            try:
                found.append(mem.read(end - start))
            except OSError:
                continue
    return b"".join(found)


def candidates(pid: int) -> set[int]:
    """Below this one, what runs a candidate's program."""
    return {child for child in children(pid) if kind(child) == "candidate"}


def _numbers_in_namespaces(pid: int | str) -> list[int]:
    """The numbers of a process in each namespace that it is in, the outermost first; none when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return []
    lines = [line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")]
    return [int(number) for line in lines for number in line]


def look_while(act: Callable[[], object], look: Callable[[], None], seconds: float) -> None:
    """Run `act` here, and `look` in a thread beside it with a pause of `seconds` after each time, until `act` is over."""
    done = threading.Event()

    def again() -> None:
        while not done.wait(seconds):
            look()

    thread = threading.Thread(target=again)
    thread.start()
    try:
        act()
    finally:
        done.set()
        thread.join()
