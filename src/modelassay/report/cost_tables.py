"""What solved problems cost, as a table."""

from modelassay.core.speed_records import CostAtK, SolvedCost
from modelassay.report.content import RunReport, StudyReport
from modelassay.report.tables import Cell, Table
from modelassay.report.wording import UNKNOWN, anchor, duration, labels, percent, quantity, test_name


def costs_table(report: StudyReport) -> Table:
    """A row per run and k under the strictest suite: what a problem and a solved problem take. study.json has every suite and k."""
    names = labels(report)
    every = [
        (run, cost, at)
        for run in report.runs
        for cost in run.costs[-1:]
        for at in cost.at
        if at.k in report.headline_ks or at.k == cost.worth_k or at is cost.at[-1]
    ]
    power = any(at.joules_per_solved is not None for _, _, at in every)
    money = any(cost.price_per_hour is not None for _, cost, _ in every)
    rows = tuple(_row(report, names, run, cost, at, (power, money)) for run, cost, at in every)
    return Table(
        id="solved-cost",
        title="What a solved problem costs",
        columns=(
            "model", "tests", "samples, k", "solved", "time per problem", "time per solved problem",
            "tokens per solved", *(["joules per solved"] if power else []),
            *(["money per 1,000 solved"] if money else []), "to the first that passes, median", "worth its time",
        ),
        numeric=(False, False, *(True,) * (5 + power + money), True, False),
        rows=rows,
        note=_note(every, power),
    )  # fmt: skip


def _row(
    report: StudyReport, names: dict[str, str], run: RunReport, cost: SolvedCost, at: CostAtK, shown: tuple[bool, bool]
) -> tuple[Cell, ...]:  # fmt: skip
    first = cost.first_pass_seconds
    last = at is cost.at[-1]
    never = f"{cost.never_solved} of {cost.problems} problems never" if cost.never_solved else ""
    return (
        Cell(text=names[run.id], href=f"#{anchor('run', run.id)}"),
        Cell(text=test_name(report, run.benchmark, cost.suite)),
        Cell(text=str(at.k), sort=at.k),
        Cell(text=percent(at.solved), sort=at.solved),
        Cell(text=duration(at.seconds_per_problem), sort=at.seconds_per_problem),
        Cell(text=duration(at.seconds_per_solved), sort=at.seconds_per_solved),
        Cell(text=quantity(at.tokens_per_solved), sort=at.tokens_per_solved),
        *([Cell(text=quantity(at.joules_per_solved), sort=at.joules_per_solved)] if shown[0] else []),
        *([_money(at.money_per_solved)] if shown[1] else []),
        Cell(text=duration(first.p50) if first and last else "", sub=never if last else ""),
        Cell(text=_worth(cost, at)),
    )


def _money(per_solved: float | None) -> Cell:
    return Cell(text=quantity(None if per_solved is None else 1000 * per_solved), sort=per_solved)


def _worth(cost: SolvedCost, at: CostAtK) -> str:
    """Where the line is drawn."""
    if cost.worth_k == at.k:
        return "up to here"
    if cost.worth_k is None:
        return "yes" if at.solved else UNKNOWN
    return "yes" if at.k < cost.worth_k else "no"


def _note(every: list[tuple[RunReport, SolvedCost, CostAtK]], power: bool) -> str:
    if not every:
        return ""
    factor = every[0][1].worth_factor
    return (
        "k samples cost k times one, at the run's own rate; grading is not in it. To the first that passes: samples drawn one "
        "after the other, of the problems that are solved at all. Worth its time: one more sample solves further problems at "
        f"no more than {factor:g} times the time per problem that the first sample takes."
        + ("" if power else " Energy: not reported by this machine.")
    )
