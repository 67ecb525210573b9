"""What the processes of a parallel test run share."""

import multiprocessing
from pathlib import Path

from support.worker_processes import be_alone, make_thing


def test_what_is_made_is_made_once(tmp_path: Path) -> None:
    """Three processes that ask at once all get what one of them made."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=make_thing, args=(tmp_path,)) for _ in range(3)]
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
        context.Process(target=be_alone, args=(tmp_path,), kwargs={"alone": alone})
        for alone in (False, False, True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [p.exitcode for p in processes] == [0, 0, 0]
    assert not (tmp_path / "disturbed").exists()
