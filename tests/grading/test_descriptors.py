"""What a sample's process holds open: its own three streams and the channels it was given."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.descriptors import memory_file
from support.processes import children, kind

SCRIPT = """
import os
from modelassay.grading.sandbox.fork_server import own_descriptors
kept = os.open("/dev/null", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY)
os.open("/etc/passwd", os.O_RDONLY)
os.dup2(kept[1], 40)
answer = os.dup(1)
own_descriptors((kept[0], answer))
found = []
for number in range(64):
    try:
        os.fstat(number)
    except OSError:
        continue
    found.append(number)
os.write(answer, repr(found == sorted([0, 1, 2, kept[0], answer])).encode())
"""


def test_a_sample_holds_nothing_that_a_library_opened() -> None:
    """Of descriptors that were open before, only those named stay, whatever their numbers."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    assert done.stdout == "True"


@pytest.mark.skipif(os.geteuid() != 0, reason="looks at descriptors of processes of another user")
def test_proc_is_the_supervisors_alone() -> None:
    """Neither the fork server nor a sample has a descriptor of the machine's /proc, by which supervisors read waiting."""
    asked = Problem(
        id="p/0", prompt="", entry_point="f",
        suites=(Suite(name="base", oracle=Check(source="def check(candidate):\n    candidate()\n")),),
    )  # fmt: skip
    program = Completion(
        problem="p/0", index=0, text="import time\ndef f(): time.sleep(0.6)\n", form="program"
    )
    found: dict[str, set[str]] = {}

    def look() -> None:
        end = time.monotonic() + 20
        while "candidate" not in found and time.monotonic() < end:
            found.clear()  # the look at which a sample runs counts: while it is built a fork server still holds what it closes
            for pid in children(os.getpid()):
                with contextlib.suppress(OSError):
                    found.setdefault(kind(pid), set()).update(
                        str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()
                    )
            time.sleep(0.05)

    thread = threading.Thread(target=look)
    thread.start()
    with Grader() as grader:
        grader.grade(asked, [program])
    thread.join()

    holders = {name for name, links in found.items() if any(link in ("/", "/proc") for link in links)}
    assert {"candidate", "forks", "supervisor"} <= found.keys()
    assert "supervisor" in holders, found
    assert holders.isdisjoint({"candidate", "forks"}), found


@pytest.mark.parametrize("text", ["", "7 é\ud800\n", "aé" * 700_000 + "\ud83d"])
def test_a_text_in_memory_is_whole_however_long(text: str) -> None:
    """It is encoded piece by piece, and a half pair of surrogates is kept as it is."""
    with open(memory_file("stdin", text), "rb") as file:  # noqa: PTH123 - a descriptor
        assert file.read() == text.encode("utf-8", "surrogatepass")
