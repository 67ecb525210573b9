"""A command as it looks on a terminal of 80 columns: what its lines are once the moving bars are gone."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

COLUMNS = 80
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]")
_BAR = re.compile(r"━|\d:\d\d:\d\d left: ")


def on_terminal(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = COLUMNS
) -> subprocess.CompletedProcess[str]:
    """Run it with a terminal as stdin, stdout and stderr; its text without control sequences and bars is the stdout."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    known = {key: value for key, value in environment.items() if key not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        command, cwd=folder, env={**known, "TERM": "xterm-256color"}, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    code = process.wait()
    text = b"".join(parts).decode("utf-8", "replace")
    rows = re.split(r"\r\n|\n|\r", _CONTROL.sub("", text))
    moving = [row for row in rows if _BAR.search(row)]
    # A bar is drawn over and over, and empty lines come with it.
    kept = [row for row in rows if not (_BAR.search(row) or (moving and not row.strip()))]
    return subprocess.CompletedProcess(command, code, "\n".join(kept))
