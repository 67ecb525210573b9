"""What a sample's process holds open: its own three streams and the channels it was given."""

import subprocess
import sys

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
