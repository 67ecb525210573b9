"""What processes do that ask for the same things; here, since a new interpreter must be able to import it."""

import multiprocessing
import time
from pathlib import Path

from support.workers import made_once, turn


def _write_slowly(made: Path) -> None:
    time.sleep(0.05)
    (made / "file").write_text("x")


def make_thing(folder: Path) -> None:
    """Ask for a thing that takes a moment to make, and note what came."""
    made_once(folder, "thing", _write_slowly)
    with (folder / "seen").open("a") as file:
        file.write((folder / "thing" / "file").read_text())


def be_alone(folder: Path, *, alone: bool) -> None:
    """Take turns, and note whether one that was to be alone was not."""
    for _ in range(5):
        with turn(folder, alone=alone):
            others = len(list(folder.glob("busy*")))
            mine = folder / f"busy-{multiprocessing.current_process().pid}"
            mine.touch()
            time.sleep(0.005)
            if alone and (others or len(list(folder.glob("busy*"))) > 1):
                (folder / "disturbed").touch()
            mine.unlink()
