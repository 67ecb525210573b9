"""What the processes of a parallel test run share."""

import multiprocessing
import time
from pathlib import Path

from support.workers import made_once, turn


def _write_slowly(made: Path) -> None:
    time.sleep(0.05)
    (made / "file").write_text("x")


def _make(folder: Path) -> None:
    made_once(folder, "thing", _write_slowly)
    with (folder / "seen").open("a") as file:
        file.write((folder / "thing" / "file").read_text())


def _alone(folder: Path, *, alone: bool) -> None:
    for _ in range(5):
        with turn(folder, alone=alone):
            others = len(list(folder.glob("busy*")))
            mine = folder / f"busy-{multiprocessing.current_process().pid}"
            mine.touch()
            time.sleep(0.005)
            if alone and (others or len(list(folder.glob("busy*"))) > 1):
                (folder / "disturbed").touch()
            mine.unlink()


def test_what_is_made_is_made_once(tmp_path: Path) -> None:
    """Three processes that ask at once all get what one of them made."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_make, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [p.exitcode for p in processes] == [0, 0, 0]
    assert (tmp_path / "seen").read_text() == "xxx"


def test_who_wants_to_be_alone_is_alone_and_gets_a_turn(tmp_path: Path) -> None:
    """Beside two processes that take turns together, one that wants none beside it."""
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_alone, args=(tmp_path,), kwargs={"alone": alone})
        for alone in (False, False, True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [p.exitcode for p in processes] == [0, 0, 0]
    assert not (tmp_path / "disturbed").exists()
