"""Before hours are spent: reference solutions and the first answers go the whole way, or the run is refused.

References are worded as the model would answer, go through its tokenizer, the stop texts, extraction and grading,
and must pass. The first answers must hold a program. What only looks odd is said and not refused.
"""

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from modelassay.core.errors import BackendError, SandboxError
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.grading.extraction.extract import extract
from modelassay.grading.extraction.programs import defines_function, is_code
from modelassay.grading.pool import PoolOptions, grade_many
from modelassay.pipeline.plan.jobs import Job
from modelassay.sampling.prompt_text import word
from modelassay.sampling.protocols import PromptProtocol, find_protocol
from modelassay.sampling.rendering import Rendered, decode_after, render, unrendered
from modelassay.sampling.stop_texts import cut_at
from modelassay.sources.problems.python_source import defined

REFERENCES: Final = 4  # problems whose references are tried
CANARIES: Final = 8  # first answers that are looked at, at least, and of at least
ASKED: Final = 4  # problems, where there are so many: one hard problem condemns nobody
Note = Callable[[str], None]
_REMEDY = "look at `assay sample … --show PROBLEM`, choose another protocol, or go on without preflight (`preflight = false`, --no-preflight)"


class Preflight:
    """The preflight of one job's sampling: references before it, the first answers as they come."""

    def __init__(self, job: Job, options: PoolOptions, note: Note) -> None:
        self._job, self._options, self._note = job, options, note
        self._first: list[Completion] = []
        self._done = False

    def before(self, there: Sequence[Completion]) -> None:
        """What can be known before the model is loaded. there: completions of an earlier sampling."""
        if not there:
            check_references(self._job, self._options, self._note)
            return
        note, self._note = self._note, lambda _: None  # it was said when they were new
        self.answered(there)
        self._note = note

    def answered(self, completions: Sequence[Completion]) -> None:
        """New answers, already on disk. Raises BackendError once there are enough and none is a program."""
        if self._done:
            return
        self._first += completions
        problems = len({c.problem for c in self._first})
        if len(self._first) >= CANARIES and problems >= min(ASKED, len(self._job.plan.problems)):
            self._done = True
            first, self._first = self._first, []
            check_first_answers(self._job, first, self._note)


def check_prompts(jobs: Sequence[Job]) -> None:
    """Render one prompt of every job that renders here. Raises AssayError, with the model's name.

    A run that has begun rendered its own: its folder is its plan's alone, and looking again takes a library of seconds.
    """
    for job in jobs:
        if job.precomputed is None and job.path is not None and not job.run.prompts.exists():
            protocol, first = find_protocol(job.plan.protocol), job.problems.problems[0]
            try:
                _rendered(job, protocol, first, _tokenizer(job))
            except BackendError as error:
                raise BackendError(f"{job.model.name}: {error.message}", hint=error.hint) from error


def check_references(job: Job, options: PoolOptions, note: Note) -> None:
    """Word a few references as answers and take them the whole way. Raises BackendError when none arrives."""
    protocol = find_protocol(job.plan.protocol)
    chosen = _spread([p for p in job.problems.problems if p.reference])
    answers = {p.id: a for p in chosen if (a := as_answer(protocol, p, job.shots)) is not None}
    if not answers:
        note(
            "preflight: no reference can be put as an answer of this protocol; only the first answers are checked"
        )
        return
    tokenizer = _tokenizer(job)
    problems = [p for p in chosen if p.id in answers]
    arrived = [_arriving(job, protocol, p, answers[p.id], tokenizer) for p in problems]
    plain = [Completion(problem=p.id, index=1, text=p.reference or "", form="program") for p in problems]
    try:
        passed = _passed([(p, [a, b]) for p, a, b in zip(problems, arrived, plain, strict=True)], options)
    except SandboxError as error:
        note(f"preflight: nothing was graded, {error}")
        return
    sound = [c for c, reference in zip(arrived, plain, strict=True) if (reference.problem, 1) in passed]
    failed = [c for c in sound if (c.problem, 0) not in passed]
    if sound and len(failed) == len(sound):
        raise BackendError(
            f"preflight: under protocol {job.plan.protocol} the reference solution of {failed[0].problem} fails "
            f"as an answer of {job.model.name!r}: {_lost(job, answers[failed[0].problem], failed[0])}",
            hint=_REMEDY,
        )
    for completion in failed:
        note(
            f"preflight: the reference of {completion.problem} fails as an answer: "
            f"{_lost(job, answers[completion.problem], completion)}"
        )
    note(
        f"preflight: {len(sound) - len(failed)} of {len(sound)} reference solutions pass as answers of this protocol"
    )


def check_first_answers(job: Job, answers: Sequence[Completion], note: Note) -> None:
    """The first answers, in any number. Raises BackendError when there is no program in any of them."""
    problems = {p.id: p for p in job.problems.problems}
    held = sum(_holds_program(problems[c.problem], c) for c in answers)
    if not held:
        shown = next((c.text.strip() for c in answers if c.text.strip()), "")[:60]
        what = f"the first is {shown!r}…" if shown else "all are empty"
        raise BackendError(
            f"preflight: none of the first {len(answers)} answers of {job.model.name!r} under protocol "
            f"{job.plan.protocol} holds a program; {what}",
            hint=_REMEDY,
        )
    if all(c.finish_reason == "length" for c in answers):
        limit = job.plan.decoding.max_tokens if job.plan.decoding else 0
        note(f"preflight: every one of the first {len(answers)} answers was cut at max_tokens = {limit}")
    note(f"preflight: {held} of the first {len(answers)} answers hold a program")


def _spread(problems: Sequence[Problem]) -> list[Problem]:
    """REFERENCES of them, evenly over the set."""
    step = max(1, len(problems) // REFERENCES)
    return list(problems[::step][:REFERENCES])


# --- the reference as an answer -----------------------------------------------------------------------------
def as_answer(protocol: PromptProtocol, problem: Problem, shots: Sequence[Problem] = ()) -> str | None:
    """The reference as a model would write it under this protocol, and some prose after its end; None if it cannot.

    A protocol that continues a head gets what follows it; one that opens a code block the program and the
    block's end; a chat a fenced program; any other the program.
    """
    reference = problem.reference or ""
    wording = word(protocol, problem, shots)
    # Not a stop text that the tokenizer takes for a special token: those end an answer by themselves.
    stop = next((stop for stop in wording.stops if stop.startswith(("\n", "["))), "")
    after = f"{stop}\nThat is all." if stop else ""
    if wording.form == "continuation" or wording.opening:
        body = _body_after(problem.prompt if is_code(problem.prompt, problem.entry_point) else "", problem)
        return None if body is None else body.rstrip() + "\n" + after
    if protocol.prefill:
        return reference.rstrip() + "\n```\nThat is all."
    if protocol.chat:
        return f"Here it is.\n\n```python\n{reference.rstrip()}\n```\n"
    return reference.rstrip() + "\n" + after


def _body_after(prompt: str, problem: Problem) -> str | None:
    """What follows the head in the reference; None where the reference needs more than the function's body."""
    reference = problem.reference or ""
    if prompt and reference.startswith(prompt):
        return reference[len(prompt) :]
    try:
        tree = ast.parse(reference)
    except SyntaxError:
        return None
    if (
        len(tree.body) != 1
        or not isinstance(tree.body[0], ast.FunctionDef)
        or tree.body[0].name != problem.entry_point
    ):
        return None
    body = tree.body[0].body
    documented = ast.get_docstring(tree.body[0]) is not None
    lines = "\n".join(ast.unparse(node) for node in body[documented:])
    return "".join(f"    {line}\n" if line else "\n" for line in lines.splitlines())


def _tokenizer(job: Job) -> Any:
    from modelassay.sampling.model_files import load_tokenizer

    return None if job.path is None else load_tokenizer(job.path, remote_code=job.model.trust_remote_code)


def _arriving(
    job: Job, protocol: PromptProtocol, problem: Problem, answer: str, tokenizer: Any
) -> Completion:
    """The answer after tokenizer and stop texts, as it would be stored."""
    prompt = _rendered(job, protocol, problem, tokenizer)
    if tokenizer is None:
        text = cut_at(answer, prompt.stops)[0]
    else:
        ids = list(tokenizer(answer, add_special_tokens=False)["input_ids"])
        text = cut_at(decode_after(prompt.token_ids, ids, tokenizer), prompt.stops)[0]
    return Completion(problem=problem.id, index=0, text=prompt.opening + text, form=prompt.form)


def _rendered(job: Job, protocol: PromptProtocol, problem: Problem, tokenizer: Any) -> Rendered:
    if tokenizer is None:
        return unrendered(word(protocol, problem, job.shots), problem.id)
    return render(protocol, problem, tokenizer, shots=job.shots)


def _passed(
    work: Sequence[tuple[Problem, Sequence[Completion]]], options: PoolOptions
) -> set[tuple[str, int]]:
    """Which of the completions pass every suite."""
    failed, seen = set(), set()
    for batch in grade_many(work, options):
        seen |= {(g.problem, g.index) for g in batch}
        failed |= {(g.problem, g.index) for g in batch if g.outcome != "passed"}
    return seen - failed


def _lost(job: Job, answer: str, arrived: Completion) -> str:
    """Where it went wrong, as far as can be told."""
    problem = next(p for p in job.problems.problems if p.id == arrived.problem)
    found = extract(problem.prompt, problem.entry_point, arrived.text, arrived.form)
    kept = arrived.text.strip()
    if kept not in answer and not answer.startswith(kept):
        return f"the tokenizer changes its text to {kept[:60]!r}"
    if found.source is None or not defines_function(found.source, problem.entry_point):
        return f"no program is found in what the stop texts leave of it ({len(kept)} of {len(answer)} characters)"
    return "the program found in it does not pass its tests"


def _holds_program(problem: Problem, completion: Completion) -> bool:
    """Whether there is Python that defines something; under which name is the model's own affair."""
    found = extract(problem.prompt, problem.entry_point, completion.text, completion.form)
    if found.source is None or not completion.text.strip():
        return False
    return completion.form == "continuation" or bool(defined(found.source))
