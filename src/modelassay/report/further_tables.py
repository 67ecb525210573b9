"""The tables of what a study asked beyond pass@k: protocols, stopping problem by problem, best of n."""

from collections import Counter

from modelassay.core.best_of_n import BestOf
from modelassay.core.by_date import DatedPart
from modelassay.core.rule_scores import Disagreement
from modelassay.report.content import StudyReport
from modelassay.report.tables import Cell, Table
from modelassay.report.wording import (
    SELECTORS,
    UNKNOWN,
    anchor,
    bounds,
    counted,
    difference,
    labels,
    one_line,
    percent,
    rule_in_words,
    test_name,
)


def spreads_table(report: StudyReport) -> Table:
    """The same model on the same problems under several protocols: how far the scores lie apart."""
    protocols = list(dict.fromkeys(p for s in report.spreads for p in s.values))
    rows = tuple(
        (
            Cell(text=one_line(s.model)),
            Cell(text=f"{test_name(report, s.benchmark, s.suite)}, pass@{s.k}"),
            *(Cell(text=percent(s.values.get(p)), sort=s.values.get(p)) for p in protocols),
            Cell(text=difference(s.difference, s.interval), sort=s.difference),
        )
        for s in report.spreads
        if s.k in report.headline_ks
    )
    return Table(
        id="spreads",
        title="Spread over protocols",
        columns=("model", "measured", *protocols, "highest − lowest"),
        numeric=(False, False, *(True for _ in protocols), True),
        rows=rows,
        note="The same weights and problems; only the prompt format differs. Percentage points, with the paired interval "
        "at which all pairs of protocols hold together.",
    )


def decided_table(report: StudyReport) -> Table:
    """Problems that k samples solve more often than not, where sampling stopped as soon as that was decided."""
    names, rows, level = labels(report), [], 0.95
    for run in (r for r in report.runs if r.decided):
        first, level = run.decided[0], run.decided[0].level
        verdicts = Counter(d.solved for d in run.decided)
        used, most = sum(d.graded for d in run.decided), max(d.graded for d in run.decided)
        rows.append(
            (
                Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
                Cell(text=f"{test_name(report, run.benchmark, first.suite)}, k = {first.k}"),
                *(Cell(text=f"{verdicts[v]:,}", sort=verdicts[v]) for v in (True, False, None)),
                Cell(text=f"{used:,} of {most * len(run.decided):,}", sort=used),
            )
        )
    return Table(
        id="decided",
        title="Problems solved by k samples more often than not",
        columns=("model", "measured", "solved", "not solved", "undecided", "samples graded"),
        numeric=(False, False, True, True, True, True),
        rows=tuple(rows),
        note=f"Each problem stopped as soon as that was decided, wrongly for at most {100 * (1 - level):.0f} in 100 "
        "of them. No pass@k is stated: a number of samples that depends on their outcomes would bias it.",
    )


def best_of_table(report: StudyReport) -> Table:
    """Share of problems solved by one answer picked from n samples, by who picks it."""
    names, rows = labels(report), []
    for run in report.runs:
        for point in run.best_of_n.points if run.best_of_n else ():
            gain = point.gains["shown"]
            test = f"{test_name(report, run.benchmark, point.suite)} {run.benchmark_version}"
            rows.append(
                (
                    Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
                    Cell(text=test, hint=f"{point.with_tests} of {point.problems} problems show tests"),
                    Cell(text=str(point.n), sort=point.n),
                    *(_picked_cell(point, name) for name in SELECTORS),
                    Cell(text=difference(gain.value, gain.interval), sort=gain.value),
                )
            )
    return Table(
        id="best-of-n",
        title="Best of n: one answer picked from n samples",
        columns=("model", "benchmark", "n", *SELECTORS.values(), "public tests − random choice (pp)"),
        numeric=(False, False, True, *(True for _ in SELECTORS), True),
        rows=tuple(rows),
        note="Share of problems solved, with an interval clustered by problem, each at its level by itself; the difference "
        "is paired by problem. Public tests: those in the prompt. Majority vote: of programs that are equal but for comments "
        "and blanks.",
    )


def rules_table(report: StudyReport) -> Table:
    """The same outputs under several rules of comparison: the first one counts everywhere else."""
    names, rows, said = labels(report), [], []
    ks = [
        k for k in report.headline_ks if any(str(k) in r.pass_at_k for run in report.runs for r in run.rules)
    ]
    for run in report.runs:
        for rule in run.rules:
            scores = [rule.pass_at_k.get(str(k)) for k in ks]
            rows.append(
                (
                    Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
                    Cell(text=run.benchmark),
                    Cell(text=rule.comparison),
                    Cell(text=f"{rule.passed:,} of {run.candidates:,}", sort=rule.passed),
                    *(
                        Cell(
                            text=UNKNOWN
                            if s is None
                            else f"{percent(s.value)} [{percent(s.low)}, {percent(s.high)}]"
                        )
                        for s in scores
                    ),
                )
            )
        if run.rules and run.disagreement is not None:
            said.append(f"{names[run.id]}: {_disagreement(run.disagreement)}.")
    return Table(
        id="rules",
        title="The same outputs under several rules of comparison",
        columns=("model", "benchmark", "rule", "samples passed", *(f"pass@{k}" for k in ks)),
        numeric=(False, False, False, True, *(True for _ in ks)),
        rows=tuple(rows),
        note=" ".join(["Each program ran once. The first rule is the one of all other tables.", *said]),
    )


def _disagreement(found: Disagreement) -> str:
    """On how many samples the rules disagree, and by what."""
    if not found.samples:
        return "the rules agree on every program"
    ordered = sorted(found.reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    return f"{counted(found.samples, 'sample')} differ{'s' if found.samples == 1 else ''}: " + ", ".join(
        f"{count} by {reason}" for reason, count in ordered
    )


def health_table(report: StudyReport) -> Table:
    """How the grading of each run went: how programs were found, what failed before any test, what has no grade."""
    names = labels(report)
    rows = tuple(
        (
            Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
            Cell(text=run.benchmark),
            Cell(text=f"{h.samples:,}", sort=h.samples),
            Cell(text=f"{h.with_program:,}", sort=h.with_program),
            Cell(
                text=", ".join(f"{rule_in_words(rule)} {n:,}" for rule, n in h.extraction.items()) or UNKNOWN
            ),
            Cell(text=f"{h.failed_at_load:,}", sort=h.failed_at_load),
            Cell(
                text=f"{one_line(h.common_error.error)} ({h.common_error.samples:,})"
                if h.common_error
                else UNKNOWN
            ),
            Cell(text=f"{h.sealed:,}", sort=h.sealed),
            Cell(text=f"{len(run.left_out):,} of {run.problems:,}", sort=len(run.left_out)),
        )
        for run in report.runs
        if (h := run.health)
    )
    return Table(
        id="health",
        title="Health of the grading",
        columns=(
            "model", "benchmark", "graded samples", "with a program", "extraction", "failed at load", "most common error",
            "sealed mode", "problems left out",
        ),
        numeric=(False, False, True, True, False, True, False, True, True),
        rows=rows,
        note="Extraction: the rule by which the program was found in the answer, and for how many. Failed at load: ended "
        "before the first test. Sealed mode: the tests ran beside the sample, in one sandboxed process, which promises less.",
    )  # fmt: skip


def left_out_table(report: StudyReport) -> Table:
    """Problems that cannot be graded, each with its reason; they take no part in any estimate."""
    found: dict[tuple[str, str, str], None] = {
        (run.benchmark, entry.problem, entry.reason): None for run in report.runs for entry in run.left_out
    }
    return Table(
        id="left-out",
        title="Problems left out",
        columns=("benchmark", "problem", "reason"),
        numeric=(False, False, False),
        rows=tuple(tuple(Cell(text=one_line(text)) for text in entry) for entry in found),
        note="Their reference fails, or their tests cannot be run here. Their samples have no grade.",
    )


def splits_table(report: StudyReport) -> Table:
    """pass@k on problems older than a cutoff and on newer ones, and what is left of the difference beside the baseline."""
    rows = tuple(
        (
            Cell(text=one_line(s.model)),
            Cell(text=f"{test_name(report, s.benchmark, s.suite)}, pass@{s.k}"),
            Cell(text=str(s.cutoff)),
            _part_cell(s.before),
            _part_cell(s.after),
            Cell(text=difference(s.difference, s.interval), sort=s.difference),
            Cell(text=UNKNOWN)
            if s.against is None or s.against_interval is None
            else Cell(text=difference(s.against, s.against_interval), sort=s.against),
        )
        for s in report.splits
        if s.k in report.headline_ks
    )
    undated = max((s.undated for s in report.splits), default=0)
    return Table(
        id="by-date",
        title="Before and after a date",
        columns=(
            "model",
            "measured",
            "cutoff",
            "before",
            "from then on",
            "after − before (pp)",
            "less the baseline's (pp)",
        ),
        numeric=(False, False, False, True, True, True, True),
        rows=rows,
        note="A model cannot have seen problems that are newer than its training data. Newer problems may also be harder: "
        "the last column takes away what is so for the baseline too, on the same problems. Each interval is clustered by "
        "problem and holds at its level by itself."
        + (f" {counted(undated, 'problem')} without a date left out." if undated else ""),
    )


def _part_cell(part: DatedPart) -> Cell:
    return Cell(
        text=f"{percent(part.value)} {bounds(part.interval)} of {part.problems}", sort=part.value,
        hint=f"{part.problems} problems",
    )  # fmt: skip


def _picked_cell(point: BestOf, selector: str) -> Cell:
    solved: float = getattr(point, selector)
    share = solved / point.problems
    return Cell(
        text=f"{percent(share)} {bounds(point.intervals[selector])}", sort=share,
        hint=f"{solved:.1f} of {point.problems} problems",
    )  # fmt: skip
