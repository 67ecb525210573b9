"""Code blocks and what programs printed: read where they are results, else left alone.

Read are JSON results, tables of bars, what EvalPlus prints, and lines that are a benchmark and its number and nothing
else. Program text is never read; of its comments, those that repeat what EvalPlus printed ("# pass@1: 0.726"), and of a
shell's transcript what it printed below a command.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from modelassay.core.published import Protocol
from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.claims.opencompass_lines import read_summary_lines
from modelassay.reading.claims.result_trees import read_tree
from modelassay.reading.claims.table_reader import read_table
from modelassay.reading.language.lexicon import Lexicon
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.layout.inline_text import Plain
from modelassay.reading.layout.json_places import parse
from modelassay.reading.layout.tables import Grid, markdown_table

_PROGRAM: Final = re.compile(
    r"\s*(?:```|~~~)+\s*\{?\.?(?:python|py|python3|bash|sh|shell|zsh|js|javascript|ts|typescript|java|c|cpp|c\+\+|go|rust|sql|dockerfile|diff|toml|ini|latex|bibtex|html|css|r|ruby)\b",
    re.I,
)
_SHELL: Final = re.compile(r"\s*(?:```|~~~)+\s*\{?\.?(?:bash|sh|shell|zsh)\b", re.I)
_FENCE: Final = re.compile(r"\s*(?:`{3,}|~{3,})")
_MODEL: Final = re.compile(
    r"^\W*(?:model(?:[_ ]?(?:name|id|path|args))?|pretrained|checkpoint)\s*[:=]\s*['\"]?([\w./:-]+)", re.I
)
_MODEL_ARGS: Final = re.compile(r"pretrained=([^,\s)]+)")
# "MODEL=org/name", "--model_name_or_path org/name"
_MODEL_GIVEN: Final = re.compile(
    r"(?:^\s*(?:export\s+)?model\w*\s*=\s*|--model(?:[_-]\w+)?[ =])['\"]?([A-Za-z0-9][\w.-]*/[\w.-]*\w)(?![\w/.$])",
    re.I,
)
# "humaneval (base tests)", "mbpp+ (base + extra tests)", "Base", "Base + Extra"
_SUITE: Final = re.compile(
    r"\s*(?:(humaneval|mbpp)(\+)?(?:\s*\((?:base tests|base \+ extra tests)\))?|(base)(\s*\+\s*extra)?)\s*:?\s*",
    re.I,
)
_PASS: Final = re.compile(r"\s*['\"{]*\s*pass@(\d+)['\"]?\s*[:=|]\s*(\d*\.?\d+)\s*(%)?\s*\}?,?\s*", re.I)
_ONE_NUMBER: Final = re.compile(
    r"[\s\W]*(?P<name>[A-Za-z][\w+.-]*(?:[ _-](?:Eval|Plus|v\d))?\+?)\s*(?:\(?pass\s?@\s?(?P<k>\d+)\)?)?\s*(?:score|accuracy|result)?\s*[:=|\s]\s*(?P<value>\d{1,3}(?:\.\d+)?)\s*(?P<percent>%)?\s*"
    r"(?:\(\s*\d+\s*/\s*\d+\s*\))?[\s|,]*",
    re.I,
)
_RULE: Final = re.compile(r"\s*\+[-=]{2,}[-=+]*\+\s*")
_HARNESS: Final = re.compile(r"\bn-shot\b.*\bMetric\b", re.I)


def read_block(
    source: Sequence[str], first: int, last: int, scope: Scope, lexicon: Lexicon, draft: ClaimsDraft
) -> None:
    """File the results of a code block, lines `first` to `last` (1-based) of the source."""
    program = _PROGRAM.match(source[first - 1]) is not None
    fenced = _FENCE.match(source[first - 1]) is not None
    low, high = (first + 1, last - 1) if fenced and last > first else (first, last)
    if fenced and _FENCE.match(source[last - 1]) is None:
        high = last
    lines = [(n, source[n - 1]) for n in range(low, high + 1)]
    if not any(any(c.isdigit() for c in line) for _, line in lines):
        return
    was, draft.verbatim = draft.verbatim, True
    try:
        if program and not _read_grid(lines, scope, lexicon, draft, ""):
            _read_comments(lines, scope, draft, transcript=_SHELL.match(source[first - 1]) is not None)
        elif not program:
            _read(lines, scope, lexicon, draft)
    finally:
        draft.verbatim = was


def _read(lines: list[tuple[int, str]], scope: Scope, lexicon: Lexicon, draft: ClaimsDraft) -> None:
    text = "\n".join(line for _, line in lines)
    if text.lstrip()[:1] in ("{", "["):
        data = parse(text)
        if data is not None:
            read_tree(text, data, draft, first=lines[0][0], model=scope.model)
            return
    if read_summary_lines(lines, scope, lexicon, draft):
        return
    scope = _with_model(lines, scope, draft)
    if _read_grid(lines, scope, lexicon, draft, text):
        return
    bars = [(n, line) for n, line in lines if line.count("|") >= 3]
    if len(bars) >= 3 and any(re.fullmatch(r"[\s|:+-]+", line) for _, line in bars):
        _read_table(markdown_table(bars), scope, lexicon, draft, text)
        return
    _read_suites(lines, scope, draft)


def _read_grid(
    lines: Sequence[tuple[int, str]], scope: Scope, lexicon: Lexicon, draft: ClaimsDraft, text: str
) -> bool:
    """A table drawn with "+---+" between its rows, as evalscope prints it; whether there was one."""
    rules = [at for at, (_, line) in enumerate(lines) if _RULE.fullmatch(line)]
    rows = [(n, line) for n, line in lines[rules[0] :] if line.count("|") >= 3] if len(rules) >= 2 else []
    if len(rows) < 2:
        return False
    _read_table(markdown_table([rows[0], (rows[0][0], "|---|"), *rows[1:]]), scope, lexicon, draft, text)
    return True


def _read_comments(
    lines: Sequence[tuple[int, str]], scope: Scope, draft: ClaimsDraft, *, transcript: bool
) -> None:
    """Results that stand as comments below the command that gave them, in a shell's block without the mark, too; the
    model is the command's, where it has one."""
    comments = [
        (n, line.replace("#", " ", 1)) for n, line in lines if transcript or line.lstrip().startswith("#")
    ]
    if not any(_PASS.fullmatch(line) for _, line in comments):
        return
    named = {found[1] for _, line in lines if (found := _MODEL_GIVEN.search(line)) is not None}
    if len(named) == 1:
        name = named.pop()
        scope = replace(scope, model=Mention(0, len(name), name, draft.vocabulary.resolve(name)))
    _read_suites(
        [(n, line) for n, line in comments if _SUITE.fullmatch(line) or _PASS.fullmatch(line)], scope, draft
    )


def _with_model(lines: Sequence[tuple[int, str]], scope: Scope, draft: ClaimsDraft) -> Scope:
    """ "vllm (pretrained=org/name, …)", "Model: name": whose results these are."""
    for _, line in lines:
        found = _MODEL_ARGS.search(line) or _MODEL.match(line)
        if found is not None:
            name = found[1].rstrip("/").split("/")
            shown = "/".join(name) if len(name) == 2 and name[0] not in (".", "~", "") else name[-1]
            return replace(scope, model=Mention(0, len(shown), shown, draft.vocabulary.resolve(shown)))
    return scope


def _read_table(grid: Grid, scope: Scope, lexicon: Lexicon, draft: ClaimsDraft, text: str) -> None:
    if _HARNESS.search(text):
        scope = replace(scope, words=f"lm-evaluation-harness {scope.words}")
    read_table(grid, scope, lambda cell, under: lexicon.passage(cell.plain, under), draft)


@dataclass(frozen=True)
class _Printed:
    """A number on a line of output, with what it is a score of. span: where the number stands in the line."""

    number: int  # of the line
    line: str
    span: tuple[int, int]
    percent: bool
    metric: str


def _read_suites(lines: Sequence[tuple[int, str]], scope: Scope, draft: ClaimsDraft) -> None:
    """What EvalPlus prints, and lines of one benchmark and one number."""
    suite: str | None = None
    for number, line in lines:
        head = _SUITE.fullmatch(line)
        if head is not None:
            suite = _suite_of(head, scope)
            continue
        told = _PASS.fullmatch(line)
        if told is not None:
            benchmark = suite or scope.benchmark
            if benchmark is not None:
                harness = "evalplus" if suite else None
                printed = _Printed(number, line, told.span(2), bool(told[3]), f"pass@{told[1]}")
                _file(printed, Protocol(benchmark=benchmark, harness=harness), scope, draft)
            continue
        one = _ONE_NUMBER.fullmatch(line)
        term = draft.terms.benchmark_term(one["name"]) if one is not None else None
        if one is not None and term is not None and len(term.text) >= len(one["name"]) - 1:
            metric = f"pass@{one['k']}" if one["k"] else "pass@1"
            printed = _Printed(number, line, one.span("value"), bool(one["percent"]), metric)
            _file(printed, Protocol(benchmark=term.name, version=term.version), scope, draft)


def _suite_of(head: re.Match[str], scope: Scope) -> str | None:
    if head[1]:
        return head[1].lower() + (head[2] or "")
    named = scope.benchmark in ("humaneval", "humaneval+", "mbpp", "mbpp+")
    return scope.benchmark.rstrip("+") + ("+" if head[4] else "") if named and scope.benchmark else None


def _file(printed: _Printed, protocol: Protocol, scope: Scope, draft: ClaimsDraft) -> None:
    written = printed.line[slice(*printed.span)]
    value = float(written)
    share = value if value <= 1 and "." in written and not printed.percent else value / 100
    lead = len(printed.line) - len(printed.line.lstrip())
    passage = Passage(Plain(printed.line.strip(), [(0, printed.number, lead)]), Scope())
    own = [(printed.span[0] - lead, printed.span[1] - lead)]
    if share > 1:
        return
    if scope.model is None or (scope.model.hub_id is None and scope.model.resolution.how == "ambiguous"):
        draft.skip(passage, own, "a printed score, but nothing says of which model")
        return
    draft.add(
        passage, own, "score", model=scope.model, protocol=protocol, metric=printed.metric, written=written,
        value=round(share, 10), measured_by="writer",
    )  # fmt: skip
