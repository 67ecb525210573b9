"""stdout is data, stderr is messages. Progress bars only on a terminal; plain lines elsewhere.

Words of notes, models and servers are made visible first: none of them may steer the terminal.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from modelassay.cli.terminal_table import print_table
from modelassay.report.wording import visible


def say(text: str = "") -> None:
    """A message: a line on stderr, as written (no markup)."""
    print(visible(text), file=sys.stderr, flush=True)


def data(text: str) -> None:
    """Data: text on stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def json_out(value: object) -> None:
    """Data as indented JSON on stdout."""
    data(msgspec.json.format(msgspec.json.encode(value), indent=2).decode("utf-8", errors="replace"))


def table_out(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> None:
    """Data as a table on stdout, without columns that hold nothing; readable without colour.

    On a terminal numbers align right, and what is too wide wraps or stands below its row. In a pipe a row is a line, its cells
    between tabs, for grep and cut.
    """
    kept = [i for i in range(len(columns)) if not rows or any(row[i].strip(" –-") for row in rows)]
    cells = [[visible(row[i]) for i in kept] for row in rows]
    names = [columns[i] for i in kept]
    if not sys.stdout.isatty():
        if title:
            data(visible(title))
        for row in [names, *cells]:
            data("\t".join(" ".join(cell.split()) for cell in row))
        return
    print_table(Console(file=sys.stdout), names, cells, visible(title or ""))


def rows_of(records: Sequence[Mapping[str, str]], columns: Sequence[str]) -> list[list[str]]:
    """The cells of some records in column order."""
    return [[record[name] for name in columns] for record in records]


class CountColumn(ProgressColumn):
    """How much of how much, bytes in MB."""

    def render(self, task: Task) -> Text:
        """The cell of one bar."""
        return Text(counted(int(task.completed), int(task.total or 0), task.fields.get("unit", "")))


def counted(done: int, total: int, unit: str) -> str:
    """3/20, or 1.2/3100.0 MB."""
    return f"{done / 1e6:.1f}/{total / 1e6:.1f} MB" if unit == "bytes" else f"{done}/{total}"


class TerminalProgress:
    """One bar per stage, with what is being done, how much, how long it took and how long it will take."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", justify="left"),
            BarColumn(bar_width=24),
            CountColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._task: int | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None:
        """Begin a bar; the one before stays as a record of what was done."""
        self._task = self._bars.add_task(name, total=total, completed=done, unit=unit)

    def advance(self, units: int = 1) -> None:
        """Move the current bar."""
        if self._task is not None:
            self._bars.advance(self._bars.task_ids[-1], units)

    def note(self, text: str) -> None:
        """A line above the bars."""
        self._bars.console.print(text, markup=False, highlight=False)


class PlainProgress:
    """Without a terminal: one line when a stage begins, and one at most every 20 s while it lasts."""

    def __init__(self, quiet_seconds: float = 20.0) -> None:
        self._quiet_seconds = quiet_seconds
        self._name, self._total, self._done, self._spoken, self._before = "", 0, 0, 0.0, 0
        self._first = (0.0, -1)  # when the first part of the stage was done, and how much that was
        self._unit = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None:
        """Say what begins, and how much of it an earlier run did."""
        self._name, self._total, self._done, self._before = name, total, done, done
        self._unit = unit
        self._spoken, self._first = time.monotonic(), (0.0, -1)
        if unit == "bytes":
            say(
                f"{name}: {(total - done) / 1e6:.1f} MB to fetch"
                + (f", {done / 1e6:.1f} MB are there" if done else "")
            )
            return
        say(f"{name}: " + (f"{total - done} of {total} left to do" if done else f"{total} to do"))

    def advance(self, units: int = 1) -> None:
        """Count, and say so now and then with the time left."""
        self._done += units
        now = time.monotonic()
        if self._first[1] < 0:
            self._first = (now, self._done)
        if now - self._spoken >= self._quiet_seconds and self._done > self._before:
            self._spoken = now
            shown = counted(self._done, self._total, self._unit).replace("/", " of ")
            said = f"{self._name}: {shown}"
            if (
                self._done > self._first[1]
            ):  # the first part also took what comes before it, as loading a model does
                left = (now - self._first[0]) / (self._done - self._first[1]) * (self._total - self._done)
                said += f", about {left:.0f} s left"
            say(said)

    def note(self, text: str) -> None:
        """A line."""
        say(text)


def watch() -> TerminalProgress | PlainProgress:
    """Bars on a terminal, lines elsewhere."""
    return TerminalProgress() if sys.stderr.isatty() else PlainProgress()
