"""The two programs that a problem's tests become, and the commands that compile and run them.

Each language has three functions here: the sample's program with the calls behind it, the tests with a reader of values in
the sample's place, and the commands.
"""

from __future__ import annotations

import functools
from pathlib import Path

from modelassay.grading.languages.test_text import split_tests
from modelassay.grading.sandbox.command_job import ANSWERS
from modelassay.grading.sandbox.command_runs import Command

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

    from modelassay.grading.sandbox.toolchains import Toolchain

_HARNESS: Final = Path(__file__).parent / "harness"
# One thread less, a smaller heap, no files of its own, and the simple compiler: most programs are over before another pays.
_JVM: Final = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto")
UNREADABLE: Final = 43  # exit status of a reader that finds no value


class LanguageTests:
    """One problem's tests as sources and commands. Raises ValueError where they are of another form than MultiPL-E's."""

    def __init__(self, tools: Toolchain, prompt: str, name: str, tests: str) -> None:
        self.tools = tools
        self.language = tools.language
        self.name = name
        self._prompt, self._tests = prompt, tests
        self.split = split_tests(self.language, tests, self.name)
        self._returns = _return_type(self.language, prompt, self.name)

    @property
    def is_compiled(self) -> bool:
        """Whether there is a step before running."""
        return self.language != "js"

    def sample_source(self, program: str) -> str:
        """The sample's program with the calls of the tests behind it."""
        calls = self.split.calls
        match self.language:
            case "js":
                puts = "\n".join(
                    f"  require('node:fs').writeSync({ANSWERS}, JSON.stringify(assayBorder.write({call}, 0)) + '\\n');"
                    for call in calls
                )
                return (
                    f"{program}\n;{{\n{_harness('border.js')}\n  const candidate = {self.name};\n{puts}\n}}\n"
                )
            case "cpp":
                puts = "\n".join(f"    assay_border::put<{self._returns}>({call});" for call in calls)
                return f"{program}\n{_harness('border.hpp')}\nint main() {{\n    auto candidate = {self.name};\n{puts}\n}}\n"
            case _:
                puts = "\n".join(
                    f"        {{ {self._returns} value = {call}; AssayBorder.put(value); }}" for call in calls
                )
                main = f"    public static void main(String[] arguments) throws Throwable {{\n{puts}\n    }}"
                return f"{program}\n{main}\n}}\n"

    def judge_source(self) -> str:
        """The tests, with a function in the sample's place that reads what the sample's returned."""
        match self.language:
            case "js":
                return (
                    f"{_harness('border.js')}\nconst assayLines = require('node:fs').readFileSync(0, 'utf8').split('\\n');\n"
                    f"let assayAt = 0;\nfunction {self.name}() {{\n  let value;\n"
                    f"  try {{ value = assayBorder.read(JSON.parse(assayLines[assayAt])); }}\n"
                    f"  catch (error) {{ process.exit({UNREADABLE}); }}\n  assayAt += 1;\n"
                    f"  require('node:fs').writeSync({ANSWERS}, 'v');\n  return value;\n}}\n{self._tests}\n"
                )
            case "cpp":
                body = f"    return assay_border::next<{self._returns}>();\n"
                return f"{_harness('border.hpp')}\n{self._prompt}{body}{self._tests}\n"
            case _:
                return f"{self._prompt}        return AssayBorder.next();\n{self._tests}\n"

    def compiler(self, source: str) -> Command:
        """The command that compiles one of the two."""
        words: tuple[str, ...]
        if self.language == "cpp":
            words = (self.tools.programs["g++"], "-std=c++17", "-pipe", "program.cpp", "-o", "made/program")
            return Command(words, {"program.cpp": source.encode("utf-8", "replace")})
        words = (
            self.tools.programs["javac"], *(f"-J{flag}" for flag in _JVM), "-nowarn", "-proc:none", "-encoding", "UTF-8",
            "-cp", "javatuples.jar", "-d", "made", "Problem.java", "AssayBorder.java",
        )  # fmt: skip
        files = {
            "Problem.java": source.encode("utf-8", "replace"), "AssayBorder.java": _harness("AssayBorder.java").encode(),
            **self._libraries(),
        }  # fmt: skip
        return Command(words, files, environment=self.tools.environment)

    def runner(self, source: str, made: bytes) -> Command:
        """The command that runs one of the two. made: by the compiler."""
        words: tuple[str, ...]
        match self.language:
            case "js":
                words = (self.tools.programs["node"], "program.js")
                return Command(words, {"program.js": source.encode("utf-8", "replace")})
            case "cpp":
                return Command(("made/program",), {}, made)
            case _:
                words = (
                    self.tools.programs["java"], *_JVM, "--add-opens", "java.base/java.io=ALL-UNNAMED", "-ea",
                    "-cp", "made:javatuples.jar", "Problem",
                )  # fmt: skip
                return Command(words, self._libraries(), made, self.tools.environment)

    def _libraries(self) -> dict[str, bytes]:
        return {name: _content(path) for name, path in self.tools.libraries.items()}


def _return_type(language: str, prompt: str, name: str) -> str:
    """The type that the function is declared to return; "" in JavaScript."""
    if language == "js":
        return ""
    head = [line for line in prompt.split("\n") if line.strip()][-1]
    before = head[: head.rindex(name + "(") if name + "(" in head else head.index(name)].strip()
    return before.removeprefix("public ").removeprefix("static ").strip()


def _harness(name: str) -> str:
    return _content(str(_HARNESS / name)).decode()


@functools.cache
def _content(path: str) -> bytes:
    """A file that every program needs, read once."""
    return Path(path).read_bytes()
