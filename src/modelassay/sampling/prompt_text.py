"""One problem under one protocol → the words that are sent. No tokenizer yet."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelassay.core.errors import InputError
from modelassay.core.languages import LANGUAGE_NAMES
from modelassay.core.problems import Asserts, LanguageTests, Problem, Programs
from modelassay.sampling.precomputed.raw import Form
from modelassay.sampling.protocols import PROTOCOLS, PromptProtocol, completion_prompt
from modelassay.sources.problems import python_source


@dataclass(frozen=True)
class PromptText:
    """What is said. text: the prompt, or the user's turn when the protocol is a chat.

    opening: belongs before the answer when it is stored, to make a whole program of it.
    """

    text: str
    prefill: str
    stops: tuple[str, ...]
    form: Form
    opening: str = ""


def word(protocol: PromptProtocol, problem: Problem, shots: Sequence[Problem] = ()) -> PromptText:
    """The words of a problem under a protocol.

    shots: the example problems the protocol names, in its order. Raises InputError when the protocol cannot
    ask this kind of problem, or the problem lacks what the protocol shows.
    """
    oracle = problem.suites[0].oracle
    if isinstance(oracle, LanguageTests):
        return _in_other_language(protocol, problem, oracle)
    header = is_header(problem)
    template = protocol.header if header else protocol.words
    if template is None:
        raise _unsuitable(protocol, problem, "the head of a function" if header else "a task in words")
    if not problem.entry_point and any(
        named in template for named in ("{signature}", "{head}", "{first_test}")
    ):
        named = oracle.function if isinstance(oracle, Programs) else ""
        asked = f"{named} in words of its own" if named else "a whole program"
        raise InputError(
            f"protocol {protocol.name} asks for a function, and {problem.id} for {asked}",
            hint="use --protocol evalplus-chat",
        )
    values = _values(template, protocol, problem)
    if "{shots}" in template:
        values["shots"] = _shots(protocol, shots)
    keeps = protocol.keeps_head and not header
    return PromptText(
        text=template.format_map(values),
        prefill=protocol.prefill,
        stops=protocol.stops + (protocol.header_stops if header else protocol.words_stops),
        form="continuation" if header and protocol.continues else "program" if keeps else "unknown",
        opening=values["head"] if keeps else "",
    )


_LANGUAGE_WORDS = (
    "Complete this function in {name}. Answer with the whole program, without a main of its own, in one code block:\n"
    "```{language}\n{prompt}\n```"
)


def _in_other_language(protocol: PromptProtocol, problem: Problem, oracle: LanguageTests) -> PromptText:
    """The head of a function in another language: continued up to the set's own stop texts, or asked for in a chat."""
    if protocol.chat:
        text = _LANGUAGE_WORDS.format(
            name=LANGUAGE_NAMES[oracle.language], language=oracle.language, prompt=problem.prompt.rstrip()
        )
        return PromptText(text=text, prefill="", stops=(), form="unknown")
    if protocol.header is None or not protocol.continues:
        raise _unsuitable(protocol, problem, "the head of a function in another language")
    return PromptText(text=problem.prompt, prefill="", stops=oracle.stop_texts, form="continuation")


def with_stops(prompt: PromptText, more: Sequence[str]) -> PromptText:
    """The same words, whose answers end at these texts, too."""
    return replace(prompt, stops=(*prompt.stops, *more)) if more else prompt


def is_header(problem: Problem) -> bool:
    """Whether the prompt is the head of the function asked for, to be continued."""
    return python_source.signature(problem.prompt, problem.entry_point) is not None


def task_text(problem: Problem) -> str:
    """A task in words without the quotes some sets put around it."""
    text = problem.prompt.strip()
    for quote in ('"""', "'''"):
        if len(text) >= 6 and text.startswith(quote) and text.endswith(quote):
            return text[3:-3].strip()
    return text


def signature(problem: Problem) -> str:
    """The signature to keep: the set's own, else names for as many arguments as the first assert passes."""
    if problem.signature:
        return problem.signature
    for statement in _asserts(problem):
        for node in ast.walk(python_source.parse(statement) or ast.Module(body=[], type_ignores=[])):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == problem.entry_point
            ):
                names = [f"arg{n}" for n in range(1, len(node.args) + 1)]
                names += [keyword.arg for keyword in node.keywords if keyword.arg]
                return f"def {problem.entry_point}({', '.join(names)}):"
    return f"def {problem.entry_point}(*args):"


def _values(template: str, protocol: PromptProtocol, problem: Problem) -> dict[str, str]:
    text, own_signature = task_text(problem), signature(problem)
    values = {
        "prompt": problem.prompt,
        "stripped_prompt": problem.prompt.strip(),
        "text": text,
        "raw_text": problem.prompt,
        "signature": own_signature,
        "head": completion_prompt(own_signature, text),
    }
    if protocol.chat and protocol.header == template:
        values["prompt"] = problem.prompt.strip()
    if "{tests}" in template or "{first_test}" in template:
        asserts = _asserts(problem)
        if not asserts:
            raise _unsuitable(protocol, problem, "a problem without assert statements to show")
        values |= {"tests": "\n".join(asserts), "first_test": asserts[0]}
    return values


def _shots(protocol: PromptProtocol, shots: Sequence[Problem]) -> str:
    if len(shots) != len(protocol.shots):
        raise InputError(
            f"protocol {protocol.name} shows the MBPP problems {', '.join(map(str, protocol.shots))}, "
            f"but {len(shots)} were found",
            hint="put mbpp.jsonl where problem sets are found (--data)",
        )
    parts = [
        protocol.shot.format(
            number=number,
            text=task_text(problem),
            raw_text=problem.prompt,
            tests="\n".join(_asserts(problem)),
            code=(problem.reference or "").replace("\r", "").replace("\t", "    "),
        )
        for number, problem in enumerate(shots, 1)
    ]
    return protocol.shot_joint.join(parts)


def _asserts(problem: Problem) -> tuple[str, ...]:
    oracle = problem.suites[0].oracle
    return oracle.asserts if isinstance(oracle, Asserts) else ()


def _unsuitable(protocol: PromptProtocol, problem: Problem, kind: str) -> InputError:
    others = [p.name for p in PROTOCOLS.values() if (p.header if is_header(problem) else p.words) is not None]
    return InputError(
        f"protocol {protocol.name} cannot ask {problem.id}: it is {kind}",
        hint="choose another, such as " + ", ".join(n for n in others if n != protocol.name),
    )
