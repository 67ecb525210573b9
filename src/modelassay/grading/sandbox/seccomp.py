"""The list of system calls a sample may make: everything else is refused with EPERM.

An allow-list, so that calls which did not exist when it was written are refused too. The filter is put
on the fork server and inherited by every sample. Calls that name another process are allowed only for
the caller itself. What is not here: sockets, mounts, namespaces, ptrace, bpf, io_uring, userfaultfd,
keyrings, perf, modules, clocks that can be set, System V and POSIX queues, starting other programs.
"""

from __future__ import annotations

import ctypes
import os
import struct

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL: Final = 0x15
_JUMP_SET: Final = 0x45
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERRNO: Final = 0x00050000
EPERM: Final = 1
ENOSYS: Final = 38
EOPNOTSUPP: Final = 95
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22

# name: (x86_64, aarch64); None where the machine has no such call
_CALLS: Final[dict[str, tuple[int | None, int | None]]] = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "stat": (4, None),
    "fstat": (5, 80), "lstat": (6, None), "poll": (7, None), "lseek": (8, 62), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "pread64": (17, 67), "pwrite64": (18, 68),
    "readv": (19, 65), "writev": (20, 66), "access": (21, None), "pipe": (22, None), "select": (23, None),
    "sched_yield": (24, 124), "mremap": (25, 216), "madvise": (28, 233), "dup": (32, 23), "dup2": (33, None),
    "nanosleep": (35, 101), "getitimer": (36, 102), "alarm": (37, None), "setitimer": (38, 103),
    "getpid": (39, 172), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211),
    "recvmsg": (47, 212), "shutdown": (48, 210), "socketpair": (53, 199), "clone": (56, 220),
    "fork": (57, None), "vfork": (58, None), "exit": (60, 93), "wait4": (61, 260),
    "uname": (63, 160), "fsync": (74, 82), "fdatasync": (75, 83),
    "truncate": (76, 45), "ftruncate": (77, 46), "getdents": (78, None), "getcwd": (79, 17),
    "chdir": (80, 49), "fchdir": (81, 50), "rename": (82, None), "mkdir": (83, None), "rmdir": (84, None),
    "link": (86, None), "unlink": (87, None), "symlink": (88, None), "readlink": (89, None),
    "chmod": (90, None), "fchmod": (91, 52), "umask": (95, 166), "gettimeofday": (96, 169),
    "getrlimit": (97, 163), "getrusage": (98, 165), "times": (100, 153),
    "getuid": (102, 174), "getgid": (104, 176), "geteuid": (107, 175), "getegid": (108, 177),
    "setpgid": (109, 154), "getppid": (110, 173), "getpgrp": (111, None), "setsid": (112, 157),
    "getgroups": (115, 158), "getresuid": (118, 148), "getresgid": (120, 150), "getpgid": (121, 155),
    "getsid": (124, 156), "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137),
    "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132), "utime": (132, None), "statfs": (137, 43),
    "fstatfs": (138, 44), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126), "gettid": (186, 178),
    "time": (201, None), "sched_getaffinity": (204, 123),
    "epoll_create": (213, None), "getdents64": (217, 61), "set_tid_address": (218, 96),
    "restart_syscall": (219, 128), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "exit_group": (231, 94),
    "epoll_wait": (232, None), "epoll_ctl": (233, 21), "utimes": (235, None),
    "waitid": (247, 95), "mkdirat": (258, 34), "newfstatat": (262, 79),
    "unlinkat": (263, 35), "renameat": (264, 38), "linkat": (265, 37), "symlinkat": (266, 36),
    "readlinkat": (267, 78), "fchmodat": (268, 53), "faccessat": (269, 48), "pselect6": (270, 72),
    "ppoll": (271, 73), "set_robust_list": (273, 99), "get_robust_list": (274, 100),
    "utimensat": (280, 88), "epoll_pwait": (281, 22), "eventfd": (284, None), "fallocate": (285, 47),
    "eventfd2": (290, 19), "epoll_create1": (291, 20), "dup3": (292, 24), "pipe2": (293, 59),
    "preadv": (295, 69), "pwritev": (296, 70), "renameat2": (316, 276), "getrandom": (318, 278),
    "memfd_create": (319, 279), "membarrier": (324, 283), "copy_file_range": (326, 285),
    "statx": (332, 291), "rseq": (334, 293), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "close_range": (436, 436),
    "faccessat2": (439, 439), "pause": (34, None), "arch_prctl": (158, None),
    "sync_file_range": (277, 84), "getcpu": (309, 168), "futex_waitv": (449, 449), "epoll_pwait2": (441, 441),
    "fchmodat2": (452, 452), "mlock": (149, 228), "munlock": (150, 229),
}  # fmt: skip

# What other languages' tools need besides: to be started, and to be told how much memory there is.
_PROGRAM_CALLS: Final[dict[str, tuple[int | None, int | None]]] = {
    "execve": (59, 221), "execveat": (322, 281),
}  # fmt: skip

# A call, the index of the argument that decides, and the values it may have.
_WITH_ARGUMENT: Final[tuple[tuple[str, tuple[int, int | None], int, tuple[int, ...]], ...]] = (
    ("prlimit64", (302, 261), 0, (0,)),  # its own limits only
    ("setrlimit", (160, 164), 0, tuple(range(16))),
    ("sched_setaffinity", (203, 122), 0, (0,)),
    ("prctl", (157, 167), 0, (15, 16, 4, 22, 38, 0x53564D41)),  # names; dumpable; more filters; no-new-privs
    ("ioctl", (16, 29), 1, (0x5401, 0x5413, 0x5421, 0x541B, 0x5450, 0x5451)),  # is it a terminal; blocking
    ("getpriority", (140, 141), 0, (0,)),
    # No locks, leases, signals or larger pipes: a lock on a file of the library is seen in every sandbox.
    ("fcntl", (72, 25), 1, (0, 1, 2, 3, 4, 1030, 1032, 1033, 1034)),
)
# A lock of a whole process is answered as granted, and none is made: what a process locks never stops itself, so a program alone
# with its files (SQLite's, say) goes on as it would, and nobody else can see the lock.
_LOCKS: Final = (6, 7)  # F_SETLK, F_SETLKW
# Reading, writing, listing and removing extended attributes, as on a file system that has none: `shutil.copy2` goes on then.
_ATTRIBUTES: Final = (range(188, 200), range(5, 17))
# A call, the index of an argument, and bits of it that are refused.
_O_TMPFILE: Final = 0x400000  # a file without a name takes a number, and leaves no trace in its folder
_FUTEX_PRIVATE: Final = 0x80
_WITH_BITS: Final[tuple[tuple[str, tuple[int, int | None], int, int], ...]] = (
    ("open", (2, None), 1, _O_TMPFILE),
    ("openat", (257, 56), 2, _O_TMPFILE),
)
# Threads wait for each other's end by a word that is not private; all else about words that are not could reach
# processes in other sandboxes, through files that both have mapped.
_FUTEX: Final = (202, 98)
_FUTEX_WAITS: Final = (0, 9, 9 | 256)
# SIGKILL and SIGSEGV from a process to itself, which the kernel ignores where it is process 1 of its namespace.
_FATAL: Final = (9, 11)
_SIGNALS: Final = (("kill", (62, 129), 1), ("tkill", (200, 130), 1), ("tgkill", (234, 131), 2))
_CAPSET: Final = (126, 91)
_CLONE3: Final = (435, 435)
_NEWPID: Final = 0x20000000
_NEW_NAMESPACES: Final = 0x7E020080  # CLONE_NEW*: user, pid, net, ipc, uts, mount, cgroup, time
_ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def supported() -> bool:
    """Whether this machine's system call numbers are known here."""
    return os.uname().machine in _ARCHITECTURES and struct.calcsize("P") == 8


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def build(machine: str, *, processes: bool, programs: bool = False, capset_header: int = 0) -> bytes:
    """The filter as BPF instructions.

    capset_header: the address with which capset may be called, 0: none. processes: whether `fork` and `kill` are allowed; only where a PID namespace bounds what they reach.
    programs: whether other programs can be started; only where the root shows those alone that may be.
    """
    column, architecture = _ARCHITECTURES[machine]
    allowed = {name: numbers[column] for name, numbers in _CALLS.items()}
    if not processes:
        for name in ("fork", "vfork", "pidfd_open", "pidfd_send_signal", "setpgid", "setsid"):
            allowed.pop(name)
    if programs:
        allowed.update((name, numbers[column]) for name, numbers in _PROGRAM_CALLS.items())
    clone = allowed.pop("clone")
    code = [_step(_LOAD, 4), _step(_JUMP_EQUAL, architecture, 1, 0), _step(_RETURN, _KILL), _step(_LOAD, 0)]
    for number in sorted({n for n in allowed.values() if n is not None}):
        code += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    code += _clone(clone or 0, processes)
    code += [_step(_JUMP_EQUAL, _CLONE3[column], 0, 1), _step(_RETURN, _ERRNO | ENOSYS)]
    for name, numbers, argument, values in _WITH_ARGUMENT:
        code += _argument(numbers[column] or 0, argument, values, _LOCKS if name == "fcntl" else ())
    for number in _ATTRIBUTES[column]:
        code += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | EOPNOTSUPP)]
    for _, numbers, argument, bits in _WITH_BITS:
        if (known := numbers[column]) is not None:
            code += _without_bits(known, argument, bits)
    code += _futex(_FUTEX[column])
    if capset_header:
        code += _argument(_CAPSET[column], 0, (capset_header & 0xFFFFFFFF,))
    for name, numbers, argument in _SIGNALS:
        if processes or name == "tgkill":
            code += _signals(numbers[column], argument)
    code.append(_step(_RETURN, _ERRNO | EPERM))
    return b"".join(code)


def _argument(number: int, argument: int, values: tuple[int, ...], idle: tuple[int, ...] = ()) -> list[bytes]:
    """Allow `number` only when its argument (low half) is one of `values`. idle: values that are answered with 0 and nothing done."""
    body = [_step(_LOAD, 16 + 8 * argument)]
    for value in values:
        body += [_step(_JUMP_EQUAL, value, 0, 1), _step(_RETURN, _ALLOW)]
    for value in idle:
        body += [_step(_JUMP_EQUAL, value, 0, 1), _step(_RETURN, _ERRNO)]
    body.append(_step(_RETURN, _ERRNO | EPERM))
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def _without_bits(number: int, argument: int, bits: int) -> list[bytes]:
    """Allow `number` unless its argument has one of `bits`."""
    body = [
        _step(_LOAD, 16 + 8 * argument),
        _step(_JUMP_SET, bits, 0, 1),
        _step(_RETURN, _ERRNO | EOPNOTSUPP),
        _step(_RETURN, _ALLOW),
    ]
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def _signals(number: int, argument: int) -> list[bytes]:
    """Every signal, but some end the process that sends them."""
    body = [_step(_LOAD, 16 + 8 * argument)]
    for fatal in _FATAL:
        body += [_step(_JUMP_EQUAL, fatal, 0, 1), _step(_RETURN, _KILL)]
    body.append(_step(_RETURN, _ALLOW))
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def _futex(number: int) -> list[bytes]:
    """Whatever is private; of the rest only waiting."""
    body = [_step(_LOAD, 24), _step(_JUMP_SET, _FUTEX_PRIVATE, 0, 1), _step(_RETURN, _ALLOW)]
    for operation in _FUTEX_WAITS:
        body += [_step(_JUMP_EQUAL, operation, 0, 1), _step(_RETURN, _ALLOW)]
    body.append(_step(_RETURN, _ERRNO | EPERM))
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def _clone(number: int, processes: bool) -> list[bytes]:
    """Threads always; new processes if allowed; new namespaces never, but one of processes for who has the right."""
    namespaces = _NEW_NAMESPACES & ~_NEWPID if processes else _NEW_NAMESPACES
    body = [_step(_LOAD, 16), _step(_JUMP_SET, namespaces, 0, 1), _step(_RETURN, _ERRNO | EPERM)]
    if not processes:
        body += [_step(_JUMP_SET, 0x00010000, 1, 0), _step(_RETURN, _ERRNO | EPERM)]  # CLONE_THREAD
    body.append(_step(_RETURN, _ALLOW))
    return [_step(_JUMP_EQUAL, number, 0, len(body)), *body]


def threads_only(machine: str) -> bytes:
    """A small filter on top of the other: no new processes, only threads."""
    column, _ = _ARCHITECTURES[machine]
    code = [_step(_LOAD, 0)]
    for name in ("fork", "vfork"):
        if (number := _CALLS[name][column]) is not None:
            code += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | EPERM)]
    code += _clone(_CALLS["clone"][column] or 0, False)
    code.append(_step(_RETURN, _ALLOW))
    return b"".join(code)


def install(*, processes: bool, programs: bool = False, capset_header: int = 0) -> None:
    """Put the list on this process and its children, for ever. Raises OSError where it is refused."""
    apply(build(os.uname().machine, processes=processes, programs=programs, capset_header=capset_header))


class ProcessRefuser:
    """Lets the process that calls it start threads, but no processes.

    Made once, before the forks, so that each process only hands over what is ready.
    """

    def __init__(self) -> None:
        self._filter = _Filter(threads_only(os.uname().machine))

    def __call__(self) -> None:
        self._filter.apply()


def apply(code: bytes) -> None:
    """Give a filter to the kernel. It cannot be taken off again. Raises OSError where it is refused."""
    _Filter(code).apply()


class _Filter:
    """A filter in memory, as the kernel takes it."""

    def __init__(self, code: bytes) -> None:
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl
        self._buffer = ctypes.create_string_buffer(code, len(code))
        program = _Program(len(code) // 8, ctypes.addressof(self._buffer))
        self._program = ctypes.byref(program)

    def apply(self) -> None:
        if self._prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or self._prctl(
            _PR_SET_SECCOMP, 2, self._program, 0, 0
        ):
            error = ctypes.get_errno()
            raise OSError(error, "the kernel refused the seccomp filter")
