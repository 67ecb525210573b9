"""The program in an answer in JavaScript, C++ or Java: the prompt with what follows it, or a whole program without its `main`.

MultiPL-E's own rule for a continuation is to cut it before the first of the stop texts that its row names. A chat answer is a
whole program in a fence; its own `main`, which would be a second one beside the tests', is cut away.
"""

from __future__ import annotations

import re

from modelassay.grading.extraction.programs import Program
from modelassay.grading.languages.source_text import code_characters, matching

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

_FENCE: Final = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.M | re.S
)
_WORDS: Final = {
    "js": ("js", "javascript", "node", "mjs", "typescript"),
    "cpp": ("cpp", "c++", "cc", "cxx", "c"),
    "java": ("java",),
}
_MAIN: Final = {
    "cpp": re.compile(r"^[ \t]*(?:int|auto|signed|void)\s+main\s*\(", re.M),
    "java": re.compile(r"^[ \t]*(?:@\w+\s+)?public\s+static\s+void\s+main\s*\(", re.M),
}


def program_in(
    language: str, prompt: str, name: str, text: str, form: str, stop_texts: Sequence[str] = ()
) -> Program:
    """The program of an answer, without a `main`, and how it was found. name: of the function that is asked for."""
    if not text.strip() and form != "continuation":
        return Program(None, "empty")
    if form == "continuation":
        return Program(_continued(language, prompt, text, stop_texts), "after-prompt")
    if form == "program":
        return Program(_whole(language, text, name) or text, "none")
    text = text.replace("\r\n", "\n")
    fenced = [(kind.lower(), code) for kind, code in _FENCE.findall(text)]
    for kinds in (_WORDS[language], ("",)):
        for kind, code in fenced:
            whole = _whole(language, code, name) if kind in kinds else None
            if whole is not None:
                return Program(_with_imports(prompt, whole), "fence")
    for kind, code in fenced[:1]:
        if kind in ("", *_WORDS[language]):
            return Program(_continued(language, prompt, code, stop_texts), "fence-continuation")
    whole = _whole(language, text, name)
    if whole is not None:
        return Program(_with_imports(prompt, whole), "whole-program")
    return Program(_continued(language, prompt, text, stop_texts), "after-prompt")


def _continued(language: str, prompt: str, text: str, stop_texts: Sequence[str]) -> str:
    """The prompt and what follows it, up to the first stop text; in Java and C++ the brace that the tests begin with."""
    ends = [at for stop in stop_texts if (at := text.find(stop)) >= 0]
    body = prompt + text[: min(ends, default=len(text))]
    if language == "js":
        return body
    depth = sum((c == "{") - (c == "}") for _, c in code_characters(body))
    return f"{body}\n{'}' * max(depth - (language == 'java'), 0)}"


def _whole(language: str, text: str, name: str) -> str | None:
    """A program that defines the function, without its `main`; None where it does not define it."""
    if not _defines(language, text, name):
        return None
    if language == "js":
        return text
    while (found := _MAIN[language].search(text)) is not None:
        opening = text.find("{", found.end())
        closing = matching(text, opening) if opening >= 0 else None
        # An answer that was cut off in its `main` has its function whole.
        text = text[: found.start()] + ("" if closing is None else text[closing + 1 :])
    return text if language == "cpp" else _open_class(text)


def _with_imports(prompt: str, program: str) -> str:
    """A whole program behind the prompt's imports, which the tests' values may need; twice does no harm."""
    heads = [line for line in prompt.split("\n") if line.startswith(("import ", "#include"))]
    return "\n".join([*heads, program])


def _defines(language: str, text: str, name: str) -> bool:
    word = re.escape(name)
    if language == "js":
        return (
            re.search(rf"\bfunction\s*\*?\s*{word}\s*\(|\b(?:const|let|var)\s+{word}\s*=", text) is not None
        )
    return re.search(rf"^[^\n=;(]*[\w>\]&*]\s+&?\*?{word}\s*\([^;]*?\)[^;{{]*\{{", text, re.M) is not None


def _open_class(text: str) -> str:
    """A Java program up to the brace that closes `class Problem`, what follows it first; alone functions get that class."""
    found = re.search(r"^[ \t]*(?:public\s+|final\s+)*class\s+Problem\b[^{]*\{", text, re.M)
    if found is None:
        return text
    closing = matching(text, found.end() - 1)
    if closing is None:
        return text
    behind = text[closing + 1 :].strip()
    return f"{text[: found.start()]}{behind}\n{text[found.start() : closing]}".replace(
        "public class Problem", "class Problem"
    )
