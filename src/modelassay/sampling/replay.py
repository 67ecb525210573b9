"""Precomputed samples of any tool → completions. Formats are told by looking; nothing is dropped in silence."""

import re
from collections.abc import Container, Sequence
from pathlib import Path

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.problems import ProblemSet
from modelassay.sampling.precomputed.formats import FORMATS, KNOWN
from modelassay.sampling.precomputed.gathering import changed
from modelassay.sampling.precomputed.reader import Reader
from modelassay.sampling.precomputed_samples import PrecomputedSamples, shortened


def read_samples(
    path: Path,
    problems: ProblemSet,
    *,
    format: str | None = None,
    stop: Sequence[str] = (),
    strict: bool = False,
    spool: Path | None = None,
    only: Container[str] | None = None,
) -> PrecomputedSamples:
    """Read a file or folder of samples for these problems; the format is found out when it is not given.

    stop: cut each answer where a line begins with one of these, as makers do whose models never stop by themselves.
    spool: a folder for samples that are too many for memory, where nothing of them is left; None for where temporary files are.
    only: the problems whose samples are wanted, of those that the file may name; None for all.
    strict: raise InputError at the first malformed or unknown sample or when a problem is missing.
    Raises MissingError or InputError when the file as a whole cannot be read.
    """
    if format is not None and format not in FORMATS and not format.startswith("lm-eval:"):
        raise InputError(f"no samples format is called {format!r}", hint=KNOWN)
    precomputed = Reader(path, problems.problems, spool, only).read(format)
    if strict:
        _insist(precomputed)
    if stop:
        prompts = {problem.id: problem.prompt for problem in problems.problems}
        precomputed.completions = changed(precomputed.completions, lambda c: cut(c, prompts[c.problem], stop))
    return precomputed


def cut(completion: Completion, prompt: str, stop: Sequence[str]) -> Completion:
    """The completion up to the first line of the answer that begins with one of `stop`; its first line stays.

    A prompt that the text repeats is not looked at.
    """
    begin = len(prompt) if prompt and completion.text.startswith(prompt) else 0
    found = re.compile(rf"\n(?:{'|'.join(map(re.escape, stop))})").search(completion.text, begin)
    if found is None:
        return completion
    return msgspec.structs.replace(completion, text=completion.text[: found.start() + 1])


def _insist(precomputed: PrecomputedSamples) -> None:
    for trouble in [*precomputed.malformed, *precomputed.unknown]:
        raise InputError(
            trouble.message, path=trouble.path, line=trouble.line, hint="fix or delete that sample"
        )
    if precomputed.missing:
        raise InputError(
            f"no sample for {shortened(precomputed.missing)}",
            path=precomputed.path,
            hint="add samples for them, or choose the problem set the file was made for",
        )
