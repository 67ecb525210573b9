"""What a table's header says of its columns: a benchmark, a metric, a language, a model, a size, a kind, a licence, a date.

A column that names something else (time, temperature, contamination, a benchmark of which nothing is kept) owns its
numbers: they are nobody's score. Whether the rows are benchmarks or models is told by what their first cells name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims import table_names
from modelassay.reading.claims.column_roles import Column, Layout, MakePassage, Role
from modelassay.reading.claims.language_columns import as_languages
from modelassay.reading.claims.reported_columns import benchmark_beside, says_only_who
from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.other_tasks import MEASURES
from modelassay.reading.language.passages import Passage, Scope
from modelassay.reading.language.terms import Term, Terms
from modelassay.reading.layout.tables import Cell, Grid, spread_right

_PLUS = re.compile(r"^\W*(?:\+|plus|ep|evalplus|extra|hard\+)\W*$|\(\s*\+\s*\)|\+\s*$", re.I)
_BASE_PLUS = re.compile(
    r"\(\s*(?:\+|plus)\s*\)|\bbase\s*/\s*plus\b|/\s*\+|\(\s*HumanEval\+|\(\s*MBPP\+", re.I
)
_SIZE = re.compile(
    r"^\W*(?:#?\s?(?:total\s)?param(?:eter)?s?(?: count)?|(?:model )?size|#\s?p|参数量?|模型大小|规模)(?!\w)",
    re.I,
)
_KIND = re.compile(r"^\W*(?:type|kind|variant|stage|类型)\W*$", re.I)
_LICENCE = re.compile(r"^\W*(?:licen[cs]e|许可)", re.I)
_RELEASE = re.compile(r"^\W*(?:release(?:d| date)?|date|published|发布)\b", re.I)
_PARENT = re.compile(r"^\W*(?:base model|parent|tuned from|based on|initiali[sz]ed from)\b", re.I)
_SOURCE = re.compile(r"^\W*(?:source|reference|evidence|from|where|来源)\b", re.I)
_MODEL = re.compile(
    r"^\W*(?:models?|name|checkpoint|system|llms?|method|approach|模型(?:名称|名)?|方法)(?![\w/])", re.I
)
_SCORE = re.compile(
    r"^\W*(?:scores?|results?|acc(?:uracy)?|values?|pass rate|rate|greedy|ours|%|performance|得分|分数|准确率|通过率)(?!\w)|^\W*%\W*$",
    re.I,
)
_OVERALL = re.compile(r"\W*(?:overall|total|all|avg\.?|average|mean|总体|总分|平均(?:分)?)\W*", re.I)
_COUNT = re.compile(r"^\W*(?:passed|solved|correct|passes|通过数?)\s*(?:/|of|out of|$)", re.I)
# What is no score although it may be a number between 0 and 100.
_FOREIGN = re.compile(
    r"^\W*(?:version|filter|n-shot|#?\s?shots?|id|index|num|n|count|samples?|candidates?|completions|generations|attempts?|tries|seeds?)\W*$|contaminat|overlap|\bleak|samples?\s*(?:per|/|drawn)|#\s?samples|temperature|\btemp\b|tokens?\b|tok/s|\btps\b|\bt/s|speed|latency|throughput|\bttft\b"
    r"|(?:run)?time\b|\bminutes?\b|\bmins?\b|\bhours?\b|\bseconds?\b|\(s\)|\(ms\)|Δ|\bdelta\b|\bdiff(?:erence)?\b|\bgains?\b|improve|\bchange|\bdrop\b|increase|decrease"
    r"|\branks?(?:ing)?\b|\bcontext\b|\bwindow\b|\bmemory\b|\bv?ram\b|\bGi?B\b|\bbpw\b|\bbits\b|perplexity|\bppl\b|\bprice|\bcosts?\b|\$|downloads|\bstars\b"
    r"|\bstd\b|std\.|stderr|std(?:ev| dev| err)|±|confidence|\bCI\b|\brange\b|\btarget\b|\bgoal\b|threshold|\bloss\b|\bKL\b|\blength\b|problems?\W*$|\bnumber of\b"
    r"|\byear\b|\bratio\b|proportion|占比|\blayers\b|\bheads\b|\bhidden\b|\bepochs?\b|\bbatch\b|learning rate|\bwarmup\b|\bmax len|\bvocab|训练|变化|提升|速度|显存|时间|温度|预期|目标|差值|上下文"
    rf"|{MEASURES}",
    re.I,
)
ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (_SIZE, "size"), (_PARENT, "parent"), (_KIND, "kind"), (_LICENCE, "licence"), (_RELEASE, "release"),
    (_SOURCE, "source"), (_MODEL, "model"), (_COUNT, "count"),
)  # fmt: skip
_SETTINGS = re.compile(
    r"^\W*(?:#|no\.?|rank|prompts?|settings?|temperature|categor(?:y|ies)|domain|type|shots?|config\w*|precision|quant\w*|steps?|epochs?|strategy|arm|run|seed|class|group|metrics?|"
    r"hyper\w*|parameters?|options?|features?|类别|类型|指标|设置)\b",
    re.I,
)
_JOINT = re.compile(r"\s*(?:pass\s?@\s?1)?\s*(?:[/|,;&]|\band\b)\s*", re.I)
_SIZE_CELL = re.compile(r"[~≈]?\d+(?:\.\d+)?\s?[BM]")
_TASK = re.compile(r"^\W*(?:task|problem)(?:[ _]?(?:id|name|no))?\W*$", re.I)
_LABELS = 3  # the column that says what a row is about is one of the first


def split_sections(grid: Grid, scope: Scope, make_passage: MakePassage) -> list[Grid]:
    """A table as one grid for each header in it: a header may stand again half way down, with other columns."""
    sections = [Grid([*grid.header])]
    for row in grid.body:
        section = sections[-1]
        if not _is_header(row, grid, scope, make_passage):
            section.body.append(row)
        elif section.body:
            sections.append(Grid([row]))
        else:  # a header of several lines: the cells of the first span those below
            section.header[0] = spread_right(section.header[0])
            section.header.append(row)
    return [section for section in sections if section.body]


def _is_header(row: Sequence[Cell], grid: Grid, scope: Scope, make_passage: MakePassage) -> bool:
    """A body row that begins as the header does, has no figure, and names what the header's cells name."""
    first = grid.header[0] if grid.header else []
    if not row or not first or row[0].text != first[0].text:
        return False
    cells = [make_passage(cell, scope) for cell in row[1:] if cell.text]
    if not cells or any(number.is_share for cell in cells for number in cell.numbers):
        return False
    if len(cells) > 1 and _mostly(cells, lambda cell: bool(cell.benchmarks)):
        return True
    heads = [make_passage(cell, scope) for line in grid.header for cell in line[1:] if cell.text]
    return any(map(_names_a_model, heads)) and all(cell.mentions for cell in cells)


def is_of_settings(header: str) -> bool:
    """Does a column say how something was run ("Prompt", "Strategy")?"""
    return _SETTINGS.match(header) is not None


def read_layout(
    grid: Grid,
    scope: Scope,
    make_passage: MakePassage,
    rows: Sequence[Sequence[Passage]],
    vocabulary: Vocabulary,
    terms: Terms,
) -> Layout:
    """The roles of all columns, from the header, and where that is silent from what stands below it."""
    columns = [_column(grid, index, scope, make_passage, vocabulary, terms) for index in range(grid.width)]
    columns = _with_overall(as_languages(columns, scope, terms), scope)
    told = [c.benchmark if c.role == "score" else None for c in columns]
    columns = [
        replace(c, benchmark=benchmark_beside(told, i))
        if c.role == "score" and c.benchmark is None and says_only_who(c.header)
        else c
        for i, c in enumerate(columns)
    ]
    below = [[row[index] for row in rows if row[index].text.strip()] for index in range(grid.width)]
    for index, column in enumerate(columns):
        if column.role == "other" and _mostly(below[index], _is_size):
            columns[index] = replace(column, role="size")
    labels = _labels_column(columns, below)
    if (
        labels is not None and columns[labels].role != "score"
    ):  # what each row names beats what stands above the table
        columns = [
            replace(c, benchmark=None)
            if c.role == "score" and c.benchmark == scope.benchmark and not terms.find("benchmarks", c.header)
            else c
            for c in columns
        ]
    names = _names_column(columns, below, labels, scope)
    if names is not None:
        columns[names] = replace(columns[names], role="model", model=None, benchmark=None)
    elif labels is not None:
        modelled = sum(c.model is not None for c in columns)
        before: Mention | None = None  # the last column's model that is no variant of another
        for i, c in enumerate(columns):
            if before is not None and re.match(r"\+\s?[A-Z]", c.header):
                columns[i] = _variant_of(before, c, vocabulary)
                continue
            if i != labels:
                columns[i] = _as_model(c, grid, i, scope, make_passage, vocabulary, among_models=modelled > 1)
            before = columns[i].model or before
    return Layout(columns, names, labels)


def _variant_of(model: Mention, column: Column, vocabulary: Vocabulary) -> Column:
    """ "LLaDA | +Cache": the model of the column before with something more."""
    text = f"{model.text} {table_names.clean(column.header)}"
    return replace(column, role="score", model=replace(model, text=text, resolution=vocabulary.resolve(text)))


def _labels_column(columns: Sequence[Column], below: Sequence[Sequence[Passage]]) -> int | None:
    """The column whose cells name benchmarks (or say which task of one), if any."""
    counts = [
        sum(bool(cell.benchmarks) and not has_own_number(cell, cell.benchmarks[0]) for cell in cells)
        for cells in below[:_LABELS]
    ]
    if counts and max(counts) >= 1:
        best = max(range(len(counts)), key=lambda i: counts[i])
        if counts[best] >= 0.25 * len(below[best]) or columns[best].role not in ("model", "score"):
            return best if columns[best].benchmark is None else None
    return next((i for i, c in enumerate(columns[:_LABELS]) if _TASK.match(c.header)), None)


def has_own_number(cell: Passage, term: Term) -> bool:
    """Does a label hold a score of the benchmark that it names? The shots of a task, "humaneval:0", are none."""
    return any(
        n.is_share and n.start > term.start and cell.text[max(0, n.start - 1) : n.start] not in (":", "|")
        for n in cell.numbers
    )


def _names_column(
    columns: Sequence[Column], below: Sequence[Sequence[Passage]], labels: int | None, scope: Scope
) -> int | None:
    """The column whose cells name the models, if any."""
    told = [i for i, c in enumerate(columns) if c.role == "model" and i != labels]
    if told:
        return told[0]
    if any(c.model is not None for c in columns):
        return None
    anything = any(c.role == "score" for c in columns)
    for index in range(min(2, len(columns))):
        cells = below[index]
        if index == labels or columns[index].role != "other" or not cells:
            continue
        known = sum(map(_names_a_model, cells))
        shaped = sum(_names_a_model(c) or table_names.is_like_a_name(c.text) for c in cells)
        if known and (known >= 0.3 * len(cells) or shaped >= 0.5 * len(cells)):
            return index
        setting = _SETTINGS.match(columns[index].header) is not None
        if labels is None and anything and not setting and shaped >= 0.5 * len(cells) and scope.model is None:
            return index
    return None


def _as_model(
    column: Column,
    grid: Grid,
    index: int,
    scope: Scope,
    make_passage: MakePassage,
    vocabulary: Vocabulary,
    *,
    among_models: bool,
) -> Column:
    """Where rows are benchmarks, a header that is shaped like a name is a model; any other is a setting of the one above."""
    if column.role != "other" or column.model is not None or not column.header:
        return column
    cells = [row[index] for row in grid.header if row[index].text]
    if table_names.is_like_a_name(column.header) or (among_models and _is_word(column.header)):
        named = table_names.name_in(make_passage(cells[-1], scope), vocabulary, scope.kind, guess=True)
        if named is not None:
            text = table_names.clean(column.header)
            resolution = vocabulary.resolve(text)
            return replace(column, role="score", model=replace(named, text=text, resolution=resolution))
    return (
        replace(column, role="score")
        if scope.model is not None and not _SETTINGS.match(column.header)
        else column
    )


def _is_word(header: str) -> bool:
    """One capitalised word that says no setting: between columns that name models it is a name, too."""
    word = re.fullmatch(r"[A-Z][a-z]{3,}[\w-]*", table_names.clean(header)) is not None
    return word and not _SETTINGS.match(header) and not table_names.is_setting(header)


def _mostly(cells: Sequence[Passage], test: Callable[[Passage], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= 0.5 * len(cells)


def _names_a_model(cell: Passage) -> bool:
    return any(not m.short for m in cell.mentions)


def _is_size(cell: Passage) -> bool:
    return _SIZE_CELL.fullmatch(cell.text.strip()) is not None


def _whole_name(mention: Mention, header: str, vocabulary: Vocabulary) -> Mention:
    """A family in one header cell and the size and kind in the cell below it are one name: "Yi-Coder", "1.5B-Chat".

    Only what the cells say together counts: the document may have named another size in full.
    """
    below = header[len(mention.text) :] if header.startswith(mention.text) else ""
    if parse_name(mention.text).size is not None or (
        parse_name(header).size is None and table_names.KIND_WORD.search(below) is None
    ):
        return mention
    resolution = vocabulary.resolve(header)
    if resolution.hub_id is None and mention.hub_id is not None and mention.resolution.how != "context":
        return mention  # a whole name already: the size below it is one fact more
    return Mention(mention.start, mention.end, header, resolution)


def header_benchmark(text: str, found: Sequence[Term], terms: Terms) -> Term | None:
    """The benchmark of a header, whose name may be broken over lines: "HumanEval<br>Fix"."""
    last = found[-1] if found else terms.whole(text)
    squashed = terms.find("benchmarks", re.sub(r"\s+", "", text))
    if squashed and last is not None and squashed[0].kept and len(squashed[0].name) > len(last.name):
        return squashed[0]
    return last


def _column(
    grid: Grid, index: int, scope: Scope, make_passage: MakePassage, vocabulary: Vocabulary, terms: Terms
) -> Column:
    cells = [row[index] for row in grid.header if row[index].text]
    header = " ".join(dict.fromkeys(cell.text for cell in cells))
    passages = [make_passage(cell, scope) for cell in cells]
    term = header_benchmark(header, [b for p in passages for b in p.benchmarks], terms)
    metrics = [m.name for p in passages for m in p.metrics]
    benchmark = term.name if term else None
    places = next((listed for p in reversed(passages) if (listed := listed_benchmarks(p))), ())
    if cells and benchmark in ("humaneval", "mbpp") and len(cells) > 1 and _PLUS.search(cells[-1].text):
        benchmark = f"{benchmark}+"
    stem = benchmark.rstrip("+") if benchmark else ""
    if stem in ("humaneval", "mbpp") and _BASE_PLUS.search(header):
        benchmark, places = stem, (stem, f"{stem}+")
    metric = metrics[-1] if metrics else scope.metric
    role: Role = next((role for pattern, role in ROLES if pattern.search(header)), "other")
    if _is_foreign(header, term):
        return Column("foreign", header)
    who = benchmark is None and says_only_who(header)
    if role != "count" and (
        benchmark is not None or metrics or (role == "other" and (who or _SCORE.search(header) is not None))
    ):
        role = "score"
    if benchmark is None and not who and role in ("other", "model", "score"):
        model = _model_of(passages, cells, header, scope, vocabulary)
        if model is not None:
            return Column("score", header, metric=metric, model=model)
    if role == "score" and benchmark is None and scope.benchmark is not None:
        benchmark = scope.benchmark
    version = term.version if term is not None and benchmark == term.name else None
    return Column(role, header, benchmark, places, metric, version)


def _is_foreign(header: str, term: Term | None) -> bool:
    if term is not None and not term.kept:
        return True
    if term is not None:
        header = header.replace(
            term.text, " "
        )  # "Aider (diff)" is a form of Aider, "HumanEval (diff)" a difference
    found = _FOREIGN.search(header)
    # "LiveCodeBench 2024.08" has no such word; "pass@1 (100 tokens)" is a score all the same
    return found is not None and not re.search(r"pass\s?@", header[: found.start()], re.I)


def _model_of(
    passages: Sequence[Passage], cells: Sequence[Cell], header: str, scope: Scope, vocabulary: Vocabulary
) -> Mention | None:
    for passage in passages:
        if not any(not m.short for m in passage.mentions):
            continue
        mention = table_names.name_in(passage, vocabulary, scope.kind)
        if mention is not None:
            return _whole_name(mention, header, vocabulary) if len(cells) > 1 else mention
    return None


def listed_benchmarks(passage: Passage) -> tuple[str, ...]:
    """The benchmarks of a header that lists several for one cell: "HumanEval / HumanEval+"; else nothing."""
    terms = passage.benchmarks
    joined = all(_JOINT.fullmatch(passage.text[one.end : two.start]) for one, two in pairwise(terms))
    names = tuple(term.name for term in terms)
    return names if len(set(names)) == len(names) > 1 and joined else ()


def is_foreign_label(text: str) -> bool:
    """Does a row's label say that its numbers are no scores?"""
    return _FOREIGN.search(text) is not None


def _with_overall(columns: list[Column], scope: Scope) -> list[Column]:
    """Under one benchmark's heading, in a table that names none, the column "Overall" is its score."""
    found = [i for i, c in enumerate(columns) if c.role == "other" and _OVERALL.fullmatch(c.header)]
    if scope.benchmark is None or len(found) != 1 or any(c.role == "score" for c in columns):
        return columns
    return [
        replace(c, role="score", benchmark=scope.benchmark, metric=scope.metric) if i == found[0] else c
        for i, c in enumerate(columns)
    ]


def listed_by_line(passage: Passage) -> tuple[str, ...]:
    """The benchmark of each line of a label with line breaks, "" for a line that names none that is kept; else nothing."""
    edges = [0, *passage.plain.breaks, len(passage.text) + 1]
    lines = [
        next((t.name for t in passage.benchmarks if low <= t.start < high and t.kept), "")
        for low, high in pairwise(edges)
    ]
    return tuple(lines) if len(lines) > 1 and any(lines) and len(passage.benchmarks) > 1 else ()
