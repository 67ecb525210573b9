"""What a process gets from whoever started it and may not be able to work with: streams, signals, limits."""

import errno
import os
import signal
import sys

# What the kernel says when a limit of the shell or the disk is reached, and what to do about it.
REMEDIES = {
    errno.EFBIG: "files may not be as large as this: raise the limit with `ulimit -f unlimited`",
    errno.EMFILE: "too few files may be open at once: raise the limit with `ulimit -n 1024`",
    errno.ENFILE: "too many files are open on this machine: close other programs",
    errno.ENOSPC: "free some space and run the same command again; what is done is kept",
    errno.EDQUOT: "free some space and run the same command again; what is done is kept",
    errno.EAGAIN: "too few processes are allowed: raise the limit with `ulimit -u 1024`",
    errno.ENOMEM: "too little memory: raise the limit with `ulimit -v unlimited`, or use fewer workers",
}


def make_usable() -> None:
    """Closed streams go nowhere, a stream that cannot show a character shows its number, ended children are told of."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, range(1, 32))


def remedy(error: OSError) -> str:
    """What to do about an error of the kernel's that a limit explains; empty for others."""
    if error.errno == errno.ENOENT and "temporary directory" in str(error):
        return "make /tmp writable, or raise the limit with `ulimit -f unlimited`"
    return REMEDIES.get(error.errno or 0, "")
