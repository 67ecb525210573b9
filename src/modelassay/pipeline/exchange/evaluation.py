"""What an exchange record says of one evaluation, whoever made it: a run of this tool, or another tool's result file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from modelassay.core.measured import Estimate


@dataclass(frozen=True)
class Answer:
    """One sample with its verdict under each suite. prompt: the problem as the set gives it; sent: as the model got it."""

    problem: str
    index: int
    prompt: str
    raw: str
    program: str
    passed: dict[str, bool]
    outcomes: dict[str, str]
    sent: str | None = None
    reference: str | None = None
    extraction: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """One model on one problem set. "" and None: not known.

    answers: makes a new iterator over the samples. origin: what the record is made from, as text. identity: a text that
    tells this evaluation from every other one. generation: arguments of the record's `generation_args`.
    inferred: what is not stated in the source but taken from a file's name or the like.
    """

    benchmark: str
    version: str
    model: str
    origin: str
    identity: str
    library: tuple[str, str]
    problems: tuple[str, ...]
    estimates: list[Estimate]
    answers: Callable[[], Iterator[Answer]]
    started: str = ""
    engine: tuple[str, str] | None = None
    self_deployed: bool = False
    generation: dict[str, object] = field(default_factory=dict)
    generation_details: dict[str, str] = field(default_factory=dict)
    library_details: dict[str, str] = field(default_factory=dict)
    model_details: dict[str, str] = field(default_factory=dict)
    data_details: dict[str, str] = field(default_factory=dict)
    inferred: tuple[str, ...] = ()
    left_out: int = 0
