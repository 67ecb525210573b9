"""The tables of what was measured. Markdown and HTML print the same cells, so that they cannot differ."""

from modelassay.core.measured import Estimate, Outcome
from modelassay.core.records import Record
from modelassay.report.content import Ranked, Ranking, RunReport, StudyReport
from modelassay.report.sentences import reasons
from modelassay.report.wording import (
    HIGHER,
    OUTCOMES,
    UNKNOWN,
    about,
    anchor,
    compared,
    difference,
    duration,
    if_ungraded,
    labels,
    one_line,
    parameters,
    probability,
    quantity,
    sampled,
    test_name,
    with_bounds,
)


class Cell(Record):
    """One cell. href: what it rests on (`#anchor` or an address). sort: what orders the column.

    tone: a class name that colours it, never the only carrier of meaning. hint: shown on hover and focus.
    more: further places inside the page that it rests on, as `#anchor`. sub: the place in a source.
    """

    text: str
    href: str = ""
    sort: float | None = None
    tone: str = ""
    hint: str = ""
    more: tuple[str, ...] = ()
    sub: str = ""


class Table(Record):
    """A table: `numeric` says which columns are numbers; `anchors` are the ids of its rows ("" for none)."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""
    anchors: tuple[str, ...] = ()


def ranking_table(report: StudyReport, ranking: Ranking) -> Table:
    """Models, best first, with interval, difference, throughput, verdict and reasons."""
    names = labels(report)
    runs = {r.id: r for r in report.runs}
    rows = tuple(
        (
            Cell(text=str(place), sort=place),
            Cell(text=names[row.run], href=f"#{anchor('run', row.run)}"),
            estimate_cell(row.estimate, row.run),
            _gap_cell(row),
            Cell(
                text=_rate(runs[row.run]),
                sort=_rate_value(runs[row.run]),
                href=f"#{anchor('speed', row.run)}" if runs[row.run].speed else "",
            ),
            Cell(text=compared(row.standing), tone=f"standing-{row.standing.replace(' ', '-')}"),
            Cell(text="; ".join(one_line(r.text) for r in reasons(report, ranking, row)) or UNKNOWN),
        )
        for place, row in enumerate(ranking.rows, 1)
    )
    test = test_name(report, ranking.benchmark, ranking.suite)
    return Table(
        id=anchor("ranking", f"{ranking.benchmark}-{ranking.suite}-{ranking.k}"),
        title=f"{test} {ranking.benchmark_version}, pass@{ranking.k}",
        columns=(
            "#",
            "model",
            f"pass@{ranking.k}",
            "against baseline (pp)",
            "samples/s",
            "verdict",
            "reasons",
        ),
        numeric=(True, False, True, True, True, False, False),
        rows=rows,
    )


def _rate(run: RunReport) -> str:
    return quantity(_rate_value(run))


def _rate_value(run: RunReport) -> float | None:
    return run.speed.candidates_per_second if run.speed else None


def estimate_cell(estimate: Estimate, run: str) -> Cell:
    """`43.9% [36.5, 51.6]`, leading to its run; method and basis as the hint."""
    interval = estimate.interval
    return Cell(
        text=with_bounds(estimate),
        sort=estimate.value,
        sub=if_ungraded(estimate),
        href=f"#{anchor('run', run)}",
        hint=f"{interval.method}, {100 * interval.level:.0f}% interval for {about(interval.target)}; "
        f"{estimate.problems} problems × at least {estimate.samples_per_problem} samples",
    )


def _gap_cell(row: Ranked) -> Cell:
    if row.comparison is None:
        return Cell(text=UNKNOWN)
    it = row.comparison
    hint = f"{HIGHER} {probability(it.probability_better)}; {one_line(it.advice)}".rstrip("; ")
    return Cell(text=difference(it.difference, it.interval), sort=it.difference, hint=hint)


def estimates_table(report: StudyReport) -> Table:
    """Every run and suite with pass@k at the headline ks."""
    names = labels(report)
    present = {e.k for r in report.runs for e in r.estimates}
    ks = [k for k in report.headline_ks if k in present] or sorted(present)[:4]
    rows, anchors = [], []
    for run in report.runs:
        for suite in dict.fromkeys(e.suite for e in run.estimates):
            found = {e.k: e for e in run.estimates if e.suite == suite}
            cells = [estimate_cell(found[k], run.id) if k in found else Cell(text=UNKNOWN) for k in ks]
            rows.append(
                (
                    Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
                    Cell(text=f"{test_name(report, run.benchmark, suite)} {run.benchmark_version}"),
                    Cell(text=sampled(run)),
                    *cells,
                )
            )
            anchors.append("")
    return Table(
        id="estimates",
        title="pass@k of every run",
        columns=("model", "benchmark", "sampled", *(f"pass@{k}" for k in ks)),
        numeric=(False, False, False, *(True for _ in ks)),
        rows=tuple(rows),
        note="Square brackets: the interval, clustered by problem. A dash: k is more than the number of samples.",
    )


def _decoding_text(run: RunReport) -> str:
    """How the samples were drawn, in full."""
    if run.decoding is None:
        return sampled(run)
    return f"{sampled(run)}, top-p {run.decoding.top_p:g}, at most {run.decoding.max_tokens} tokens"


def speed_table(report: StudyReport) -> Table:
    """Throughput of every run that was timed."""
    names = labels(report)
    timed = [(r, r.speed) for r in report.runs if r.speed]
    rows = tuple(
        (
            Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
            Cell(text=run.benchmark),
            Cell(text=quantity(it.tokens_per_second), sort=it.tokens_per_second),
            Cell(text=quantity(it.candidates_per_second), sort=it.candidates_per_second),
            Cell(text=duration(it.seconds_per_problem_median), sort=it.seconds_per_problem_median),
            Cell(text=duration(it.seconds_per_problem_p90), sort=it.seconds_per_problem_p90),
            Cell(text=duration(it.wall_seconds), sort=it.wall_seconds),
            Cell(text=f"{one_line(it.device)}, {one_line(it.dtype)}"),
        )
        for run, it in timed
    )
    return Table(
        id="speed",
        title="Throughput",
        columns=(
            "model",
            "benchmark",
            "tokens/s",
            "samples/s",
            "time per problem, median",
            "p90",
            "total",
            "device",
        ),
        numeric=(False, False, True, True, True, True, True, False),
        rows=rows,
        anchors=tuple(anchor("speed", run.id) for run, _ in timed),
        note="Per problem: all its samples together. Timed on the evaluation's own prompts and natural stops. "
        "Tokens that samples share may have been computed once; they count for each.",
    )


def outcomes_table(report: StudyReport) -> Table:
    """Outcomes of the samples, by run and suite."""
    names = labels(report)
    present: set[Outcome] = {o for r in report.runs for suite in r.outcomes.values() for o in suite}
    kinds = [o for o in OUTCOMES if o in present]
    rows = tuple(
        (
            Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
            Cell(text=test_name(report, run.benchmark, suite)),
            *(Cell(text=f"{n.get(kind, 0):,}", sort=n.get(kind, 0)) for kind in kinds),
            Cell(text=UNKNOWN if run.truncated is None else f"{run.truncated:,}", sort=run.truncated),
            Cell(text=f"{run.ungraded:,}", sort=run.ungraded),
        )
        for run in report.runs
        for suite, n in run.outcomes.items()
    )
    return Table(
        id="outcomes",
        title="Outcomes",
        columns=("model", "benchmark", *(OUTCOMES[o] for o in kinds), "truncated", "ungraded"),
        numeric=(False, False, *(True for _ in kinds), True, True),
        rows=rows,
        note="No code extracted: the answer holds nothing to run. Truncated: the answer reached max_tokens, whatever its "
        "outcome. Ungraded: an internal error, never counted against the model.",
    )


def _description(run: RunReport) -> str:
    """Size, kind and licence of a run's model, then by name what of them is unknown, and its revision."""
    known = {
        "size": parameters(run.params) if run.params else "",
        "kind": run.kind or "",
        "licence": one_line(run.licence or ""),
    }
    unknown = [name for name, text in known.items() if not text]
    parts = [*filter(None, known.values()), f"unknown: {', '.join(unknown)}" if unknown else ""]
    return ", ".join(filter(None, [*parts, f"Hub commit {run.revision[:12]}" if run.revision else ""]))


def runs_table(report: StudyReport) -> Table:
    """What each run is: model, size, licence, protocol, decoding, seed, folder."""
    names = labels(report)
    rows = tuple(
        (
            Cell(text=names[r.id]),
            Cell(text=_description(r)),
            Cell(text=f"{r.benchmark} {r.benchmark_version}, {r.problems} problems"),
            Cell(text=_decoding_text(r)),
            Cell(text=f"{r.candidates:,}", sort=r.candidates),
            Cell(text=r.backend or UNKNOWN),
            Cell(text=str(r.seed) if r.seed is not None else UNKNOWN),
            Cell(text=one_line(r.id), href=r.folder),
        )
        for r in report.runs
    )
    return Table(
        id="runs",
        title="Runs",
        columns=("model", "description", "benchmark", "sampling", "samples", "backend", "seed", "folder"),
        numeric=(False, False, False, False, True, False, True, False),
        rows=rows,
        anchors=tuple(anchor("run", r.id) for r in report.runs),
    )
