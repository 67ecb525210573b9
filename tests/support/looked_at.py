"""Runs programs whose `f()` the proof of nontermination looks at, in an interpreter where nothing else takes part.

The process of a test runner has threads, callbacks of the garbage collector and whatever other tests left there. With any
of those nothing is proved, rightly, so that an endless program would hold up the runner for ever.
"""

import json
import random
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from modelassay.grading.sandbox.nontermination import watcher

NAME = "<looked at>"


class FoundError(BaseException):
    """The program was called endless, or is over its lines."""


def found(line: int) -> None:
    """What the watcher calls."""
    raise FoundError(line)


def called_endless(source: str) -> bool:
    """Run f() of the source, have it looked at again and again, and say whether it was found endless."""
    names = _names(source)
    watch = watcher(source, NAME, found, memoryview(bytearray(8)).cast("Q"))

    def look(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)  # where there is a timer, nothing is proved
        watch(number, frame)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.06)

    before = signal.signal(signal.SIGVTALRM, look)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.004)
    try:
        names["f"]()
    except FoundError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        sys.settrace(None)
    return False


def ends(source: str, look_at: int, most: int, only_in: str = "") -> bool | None:
    """Whether f() ends within that many lines; None: it was called endless when looked at after `look_at` lines.

    only_in: a name; at lines of other functions nothing is looked at.
    """
    names = _names(source)
    handler = watcher(source, NAME, found, memoryview(bytearray(8)).cast("Q"))
    lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != NAME:
            return None
        lines += event == "line"
        if lines > most:
            raise FoundError
        if lines == look_at and only_in in ("", frame.f_code.co_name):
            sys.settrace(None)
            frame.f_trace = None
            handler(0, frame)  # which watches in place of this
            return frame.f_trace
        return trace

    sys.settrace(trace)
    try:
        names["f"]()
    except FoundError:
        return None if lines <= most else False
    except Exception:
        return True
    finally:
        sys.settrace(None)
    return True


def _names(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"random": random.Random(3)}
    exec(compile(source, NAME, "exec"), names)
    return names


class Interpreter:
    """A process of its own that answers `called_endless` and `ends`. Use it as a context manager."""

    SECONDS = 60.0  # for an answer that takes a fraction of one

    def __enter__(self) -> "Interpreter":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.looked_at"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def called_endless(self, source: str) -> bool:
        """As the function of that name. Raises TimeoutError when the program goes on unfound."""
        return bool(self._ask("called_endless", source))

    def ends(self, source: str, look_at: int, most: int) -> bool | None:
        """As the function of that name. Raises TimeoutError when the program goes on unfound."""
        answer: bool | None = self._ask("ends", source, look_at, most)
        return answer

    def wrongly_called_endless(self, seed: int, count: int) -> list[str]:
        """Of `count` random programs that end (see `support.terminating`), those that were called endless."""
        wrong: list[str] = self._ask("wrongly_called_endless", seed, count)
        return wrong

    def _ask(self, name: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], self.SECONDS)[0]:
            self.__exit__(None, None, None)
            self.__enter__()
            raise TimeoutError(f"no answer within {self.SECONDS:g} s about {arguments[0]!r}")
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Answer questions, a JSON line each."""
    from support import terminating

    def wrongly_called_endless(seed: int, count: int) -> list[str]:
        return terminating.called_endless(random.Random(seed), count)[1]

    answers = {each.__name__: each for each in (called_endless, ends, wrongly_called_endless)}
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(answers[name](*arguments)), flush=True)


if __name__ == "__main__":
    main()
