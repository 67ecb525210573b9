"""Leaderboards by name, with the addresses that their own pages load."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from modelassay.core.errors import InputError
from modelassay.sources.hub_client import endpoint

_LEADERBOARD: Final = re.compile(r"/api/datasets/([\w.-]+/[\w.-]+)/leaderboard")


@dataclass(frozen=True)
class Board:
    """A leaderboard. place: its address, or the path of it on the Hub; "" for one that the user has to point at."""

    name: str
    title: str
    publisher: str
    place: str = ""

    @property
    def address(self) -> str:
        """Where it is fetched."""
        return f"{endpoint()}{self.place}" if self.place.startswith("/") else self.place


def _of_dataset(name: str, dataset: str) -> Board:
    # Without base_model=false the Hub leaves out every model that names a parent, which is every tuned one.
    return Board(
        name,
        f"Hub leaderboard of {dataset}",
        "Hugging Face",
        f"/api/datasets/{dataset}/leaderboard?base_model=false",
    )


BOARDS: Final[Mapping[str, Board]] = {
    board.name: board
    for board in (
        Board("evalplus", "EvalPlus leaderboard", "EvalPlus", "https://evalplus.github.io/results.json"),
        Board(
            "livecodebench", "LiveCodeBench performances", "LiveCodeBench",
            "https://livecodebench.github.io/performances_generation.json",
        ),
        Board(
            "bigcode", "BigCode models leaderboard", "BigCode",
            "/spaces/bigcode/bigcode-models-leaderboard/resolve/main/data/code_eval_board.csv",
        ),
        Board(
            "bigcodebench", "BigCodeBench leaderboard", "BigCodeBench", "https://bigcode-bench.github.io/results.json"
        ),
        Board(
            "bigcodebench-hard", "BigCodeBench leaderboard, hard set", "BigCodeBench",
            "https://bigcode-bench.github.io/results-hard.json",
        ),
        _of_dataset("hub-humaneval", "openai/openai_humaneval"),
        _of_dataset("hub-humanevalplus", "evalplus/humanevalplus"),
        _of_dataset("hub-mbppplus", "evalplus/mbppplus"),
        Board("every-eval-ever", "Every Eval Ever", "EvalEval"),
        Board("papers-with-code", "Papers with Code archive", "Papers with Code"),
    )
}  # fmt: skip


def board_source(text: str) -> str:
    """The SOURCE of a board given as `NAME` or `NAME=SOURCE`. Raises InputError for a name that is not known."""
    name, _, given = text.partition("=")
    board = BOARDS.get(name)
    if board is None:
        raise InputError(f"no leaderboard {name!r}", hint=f"one of {', '.join(BOARDS)}, or NAME=ADDRESS")
    if not given and not board.place:
        raise InputError(
            f"{board.title} has no address of its own", hint=f"give --board {name}=ADDRESS-OR-FILE"
        )
    return given or board.address


def dataset_of(url: str) -> str:
    """The data set whose leaderboard an address of the Hub answers; "" for any other address."""
    found = _LEADERBOARD.fullmatch(urlsplit(url).path)
    return found[1] if found is not None else ""
