"""Problems in JavaScript, C++ and Java: the program in an answer, what its tests become, and verdicts on honest and hostile programs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from modelassay.core.measured import Grade
from modelassay.core.problems import LanguageTests, Problem
from modelassay.grading import Grader
from modelassay.grading.languages.answers import program_in
from modelassay.grading.languages.source_text import calls, matching
from modelassay.grading.languages.test_text import split_tests
from modelassay.grading.oracles.language_runs import Sandboxes
from modelassay.grading.oracles.oracles import OracleError
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.process_start import SandboxSettings
from modelassay.grading.sandbox.toolchains import NoToolchainError, toolchain
from modelassay.sources.problems.custom_problems import read_problems

EXAMPLES = Path(__file__).parents[2] / "examples" / "own-problems" / "other-languages.jsonl"
RIGHT = {
    "js": "  let best = 0, run = 0;\n  items.forEach((x, i) => { run = i && items[i - 1] === x ? run + 1 : 1; best = Math.max(best, run); });\n"
    "  return best;\n}\n",
    "cpp": "    long best = 0, run = 0;\n    for (size_t i = 0; i < items.size(); i++) {\n"
    "        run = i && items[i - 1] == items[i] ? run + 1 : 1;\n        best = std::max(best, run);\n    }\n    return best;\n",
    "java": "        long best = 0, run = 0;\n        for (int i = 0; i < items.size(); i++) {\n"
    "            run = i > 0 && items.get(i - 1).equals(items.get(i)) ? run + 1 : 1;\n            best = Math.max(best, run);\n"
    "        }\n        return best;\n",
}  # fmt: skip


def problem(language: str) -> Problem:
    """The example in a language; in C++ without the header of all headers, which takes a second to compile."""
    found = next(p for p in read_problems(EXAMPLES).problems if p.id.startswith(f"{language}/"))
    light = "#include <algorithm>\n#include <cstdio>\n#include <vector>\n#include <unistd.h>"
    return msgspec.structs.replace(found, prompt=found.prompt.replace("#include<bits/stdc++.h>", light))


def oracle_of(language: str) -> LanguageTests:
    oracle = problem(language).suites[0].oracle
    assert isinstance(oracle, LanguageTests)
    return oracle


def need(language: str) -> None:
    """Skips where the language's tools are not here, and says so."""
    try:
        toolchain(language)
    except NoToolchainError as lacking:
        pytest.skip(str(lacking))


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(workers=1, limits=Limits(cpu_seconds=3.0)) as opened:
        yield opened


def graded(grader: Grader, language: str, *texts: str) -> list[Grade]:
    need(language)
    return [grade for grade in grader.grade(problem(language), list(texts)) if grade is not None]


def test_brackets_in_texts_and_comments_close_nothing() -> None:
    """A bracket in a quoted text or a comment is no bracket."""
    text = "f(\")\", ')', /* ) */ g(1) // )\n)"
    assert matching(text, 1) == len(text) - 1


def test_a_separator_in_a_number_is_no_quote() -> None:
    """C++'s 1'000 does not begin a text."""
    assert calls("f(1'000, 2) + f(3)", "f") == [(0, 11), (14, 18)]


@pytest.mark.parametrize("language", ["js", "cpp", "java"])
def test_tests_are_taken_apart_by_their_calls(language: str) -> None:
    """Each assertion has one call, which goes to the sample without the value that is expected."""
    split = split_tests(language, oracle_of(language).tests, problem(language).entry_point)
    assert len(split.calls) == 4
    assert all("assert" not in call and "3" not in call for call in split.calls)


def test_tests_of_another_form_are_refused() -> None:
    """An assertion without a call says nothing of a sample, so that such tests are not graded by halves."""
    with pytest.raises(ValueError, match="not assertions with one call"):
        split_tests("js", "assert.deepEqual(candidate(1), 1); assert.ok(true);", "f")


def test_a_continuation_ends_at_a_stop_text() -> None:
    """What follows the function is cut away, as MultiPL-E does."""
    js = problem("js")
    text = RIGHT["js"] + "\nconsole.log(longestRun([]));\n"
    found = program_in("js", js.prompt, js.entry_point, text, "unknown", oracle_of("js").stop_texts)
    assert found.source == js.prompt + RIGHT["js"]
    assert found.how == "after-prompt"


def test_a_whole_program_loses_its_main() -> None:
    """A chat answer's own `main` would be a second one beside the tests'."""
    code = f'{problem("cpp").prompt}{RIGHT["cpp"]}}}\n\nint main() {{\n    std::cout << "}}" << longest_run({{}});\n}}\n'
    found = program_in(
        "cpp", problem("cpp").prompt, "longest_run", f"Here:\n```cpp\n{code}```\nDone.", "unknown"
    )
    assert found.how == "fence"
    assert found.source is not None
    assert "main" not in found.source
    assert found.source.count("{") == found.source.count("}")


def test_an_answer_cut_off_in_its_main_has_its_function() -> None:
    """A `main` that never ends is cut away to the end of the answer."""
    code = f"{problem('cpp').prompt}{RIGHT['cpp']}}}\n\nint main() {{\n    std::cout <<"
    found = program_in("cpp", problem("cpp").prompt, "longest_run", f"```cpp\n{code}", "unknown")
    assert found.source is not None
    assert found.source.rstrip().endswith("}")


def test_a_java_class_stays_open_for_the_calls() -> None:
    """The class that holds the function is closed behind the calls, and other classes come before it."""
    java = problem("java")
    code = f"{java.prompt}{RIGHT['java']}    }}\n    public static void main(String[] args) {{ }}\n}}\nclass Other {{ }}\n"
    found = program_in("java", java.prompt, java.entry_point, f"```java\n{code}```", "unknown")
    assert found.source is not None
    assert found.source.index("class Other") < found.source.index("class Problem")
    assert found.source.count("{") == found.source.count("}") + 1


@pytest.mark.parametrize("language", ["js", "cpp", "java"])
def test_a_right_and_a_wrong_program(grader: Grader, language: str) -> None:
    """A continuation that is right passes all tests; a wrong one fails at the first that it does not pass, which is named."""
    wrong = RIGHT[language].replace("return best", "return run")
    right, failed = graded(grader, language, RIGHT[language], wrong)
    assert (right.outcome, right.tests_passed, right.tests, right.mode) == ("passed", 4, 4, "border")
    assert (failed.outcome, failed.tests_passed) == ("failed", 0)
    assert failed.detail.startswith("test 1 of 4: assert")


HOSTILE_JS = {
    "ends before the tests": "  process.exit(0);\n}\n",
    "changes what assert means": "  return 0;\n}\nconst a = require('node:assert'); for (const k in a) { try { a[k] = () => {}; } catch {} }\n",
    "changes equality": "  return 0;\n}\nObject.is = () => true; Number.prototype.valueOf = () => 3;\n",
    "an object that equals all": "  return { valueOf() { return 3; }, toString() { return '3'; }, [Symbol.toPrimitive]() { return 3; } };\n}\n",
    "writes answers of its own": "  require('node:fs').writeSync(9, 'vvvvvvvv'); process.exit(0);\n}\n",
    "reads the host": "  return require('node:fs').readFileSync('/etc/passwd').length;\n}\n",
    "reads the tests": "  const fs = require('node:fs'); return +fs.readFileSync(__filename, 'utf8').match(/deepEqual\\(.*?,(\\d)\\)/)[1];\n}\n",
    "starts a program": "  require('node:child_process').execFileSync('/usr/bin/node', ['-e', '1']); return 3;\n}\n",
    "asks the network": "  require('node:net').connect(9, '127.0.0.1'); return 0;\n}\n",
    "kills": "  process.kill(-1, 'SIGKILL'); process.kill(process.ppid, 'SIGKILL'); return 0;\n}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_JS.values(), ids=HOSTILE_JS)
def test_hostile_javascript_does_not_pass(grader: Grader, text: str) -> None:
    """Neither the tests, nor the host, nor another program is in the reach of a program in JavaScript."""
    (grade,) = graded(grader, "js", text)
    assert grade.outcome in ("failed", "error", "crashed"), grade


LIMITS_JS = {
    "computes": ("  for (;;) {}\n}\n", "timed-out"),
    "sleeps": ("  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return 0;\n}\n", "timed-out"),
    "floods": ("  const s = 'x'.repeat(1 << 20); for (;;) require('node:fs').writeSync(9, s);\n}\n", "output-flood"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outcome"), LIMITS_JS.values(), ids=LIMITS_JS)
def test_limits_hold_for_javascript(text: str, outcome: str) -> None:
    """Time on a CPU, time without doing anything and output are limited as they are for programs in Python."""
    need("js")
    with Grader(workers=1, limits=Limits(cpu_seconds=1.0, answer_bytes=1 << 20)) as grader:
        (grade,) = grader.grade(problem("js"), [text])
    assert grade is not None
    assert grade.outcome == outcome, grade


def test_memory_is_limited(grader: Grader) -> None:
    """A program that takes all memory ends, and not as passed."""
    (grade,) = graded(grader, "js", "  const a = []; for (;;) a.push(new Uint8Array(1 << 26).fill(1));\n}\n")
    assert grade.outcome in ("crashed", "error", "out-of-memory", "timed-out"), grade


HOSTILE_CPP = {
    "ends before main": "    return 0; }\nstruct S { S() { _exit(0); } } s;\nlong other() { return 0;\n",
    "changes what assert means": "    return 0; }\n#undef assert\n#define assert(x)\nlong other() { return 0;\n",
    "writes answers of its own": '    write(9, "vvvvvvvv", 8); exit(0);\n',
    "reads the host": '    FILE *f = fopen("/etc/passwd", "r"); return f ? 3 : 0;\n',
    "starts processes": "    for (int i = 0; i < 100; i++) if (fork() == 0) for (;;) pause();\n    return 0;\n",
    "starts a program": '    return system("true") == 0 ? 3 : 0;\n',
    "includes the host": '    return 0; }\n#include "/etc/passwd"\nlong other() { return 0;\n',
    "has the assembler read the host": '    return 0; }\nasm(".incbin \\"/etc/passwd\\"");\nlong other() { return 0;\n',
    "ends by a signal": "    abort();\n",
}  # fmt: skip


def test_hostile_cpp_does_not_pass(grader: Grader) -> None:
    """The same for C++, whose compiler reads no file of the host either."""
    grades = dict(zip(HOSTILE_CPP, graded(grader, "cpp", *HOSTILE_CPP.values()), strict=True))
    assert {name for name, g in grades.items() if g.outcome not in ("failed", "error", "crashed")} == set()


def test_a_program_that_does_not_compile_says_why(grader: Grader) -> None:
    """The compiler's first error is the detail."""
    (grade,) = graded(grader, "cpp", "    return nothing;\n")
    assert grade.outcome == "error"
    assert "does not compile" in grade.detail
    assert "nothing" in grade.detail


HOSTILE_JAVA = {
    "ends before the tests": "        System.exit(0); return 0;\n",
    "ends as the class is loaded": "        return 0;\n    }\n    static { Runtime.getRuntime().halt(0); }\n    static long other() { return 0;\n",
    "writes answers of its own": "        AssayBorder.next(); return 0;\n",
    "reads the host": '        try { return java.nio.file.Files.size(java.nio.file.Path.of("/etc/passwd")); } catch (Exception e) { return 0; }\n',
    "starts a program": '        try { return new ProcessBuilder("/bin/true").start().waitFor() + 3; } catch (Exception e) { return 0; }\n',
    "turns assertions off": "        ClassLoader.getSystemClassLoader().setDefaultAssertionStatus(false); return 0;\n",
}  # fmt: skip


def test_hostile_java_does_not_pass(grader: Grader) -> None:
    """The same for Java."""
    grades = dict(zip(HOSTILE_JAVA, graded(grader, "java", *HOSTILE_JAVA.values()), strict=True))
    assert {name for name, g in grades.items() if g.outcome not in ("failed", "error", "crashed")} == set()


@pytest.mark.parametrize("layer", ["namespaces", "seccomp"])
def test_no_other_language_in_a_weak_sandbox(layer: str) -> None:
    """A program would be started in sight of the whole machine; so it is the problem that cannot be graded."""
    need("js")
    boxes = Sandboxes(SandboxSettings(without=(layer,)), lambda: None)
    with pytest.raises(OracleError, match=f"without {layer}"):
        boxes.get("samples", toolchain("js"))
    boxes.close()


def test_a_missing_tool_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a language's tools are not, the package of Debian that has them is named."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    toolchain.cache_clear()
    try:
        with pytest.raises(NoToolchainError, match="install Debian's package nodejs"):
            toolchain("js")
    finally:
        toolchain.cache_clear()


def test_a_missing_tool_is_no_failed_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem in a language that is not here has no grade; no sample is blamed."""
    from modelassay.core.errors import UnjudgeableError

    monkeypatch.setattr(shutil, "which", lambda _: None)
    toolchain.cache_clear()
    try:
        with Grader(workers=1) as grader, pytest.raises(UnjudgeableError, match="nodejs"):
            grader.grade(problem("js"), [RIGHT["js"]])
    finally:
        toolchain.cache_clear()
