"""Root that owns no id but its own, as in rootless containers, gets a strong sandbox too."""

import json
import subprocess

import pytest

from support.running import COMMAND


def test_root_of_a_user_namespace_has_a_strong_sandbox() -> None:
    """Nobody is not mapped there, so the sandbox makes a user namespace of its own."""
    if subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    command = ["unshare", "-Ur", *COMMAND, "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    parts = {part["part"]: part for part in json.loads(done.stdout)}

    assert parts["sandbox"]["state"] == "works"
    assert parts["sandbox"]["detail"].startswith("namespaces+seccomp")
