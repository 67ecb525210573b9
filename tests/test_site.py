"""The documentation as a site: every page is in its menu, and no link of any page leads nowhere."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.documents import ROOT

pytest.importorskip("furo", reason="the site's builder is not installed: pip install -e '.[docs]'")


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """A page that no menu has, a link to a missing page or heading, a block that cannot be read: each is a warning."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "-b", "dummy"]
    done = subprocess.run(
        [
            *command,
            "-c",
            str(ROOT / "docs" / "site"),
            "-d",
            str(tmp_path / "trees"),
            str(ROOT),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
