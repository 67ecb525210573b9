"""The heat map: models × problems, coloured by the share of samples that passed. One path per row and shade."""

from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup

from modelassay.report.charts import Mark, marks
from modelassay.report.content import Ranking, RunReport, StudyReport
from modelassay.report.packing import problem_order

SHADES = 6  # none, under ¼, under ½, under ¾, under all, all
ROW, LEFT, WIDTH = 26, 30, 980
NARROWEST = 4  # pixels: narrower cells would be border more than colour

_E = Environment(autoescape=True)
_MAP = _E.from_string(
    """<svg class="heat" viewBox="0 0 {{ width }} {{ height }}" role="application" tabindex="0" aria-roledescription="heat map" aria-label="{{ label }}" data-left="{{ left }}" data-cell="{{ cell }}" data-row="{{ row }}" data-order="{{ order|join(' ') }}" data-runs="{{ runs|join(' ') }}" data-suite="{{ suite }}">
{%- for r in rows %}<g class="{{ r.mark.colour }}"><circle class="dot" cx="12" cy="{{ r.y + 12 }}" r="9"/><text class="letter" x="12" y="{{ r.y + 15.8 }}" text-anchor="middle">{{ r.mark.letter }}</text></g>
{%- for shade, d in r.paths %}<path class="h{{ shade }}" d="{{ d }}"/>{% endfor %}{% endfor %}
{%- if borders %}<path class="cells" d="{{ borders }}"/>{% endif %}</svg>"""
)


@dataclass(frozen=True)
class HeatRow:
    """One model's cells: an SVG path for every shade that occurs."""

    mark: Mark
    y: int
    paths: list[tuple[int, str]]


def shade(passed: int, graded: int) -> int:
    """0 for none, 5 for all, 1 to 4 for the quarters between."""
    if passed == 0:
        return 0
    return SHADES - 1 if passed == graded else 1 + min(3, 4 * passed // graded)


def heat_map(report: StudyReport, ranking: Ranking) -> Markup | None:
    """Problems from the most to the least solved; a click opens the problem's samples.

    The attributes tell the page's script which problem and run lie under the pointer.
    """
    runs, known = {r.id: r for r in report.runs}, marks(report)
    mine = [runs[row.run] for row in ranking.rows]
    cells = {r.id: _cells(r, ranking.suite) for r in mine}
    problems = sorted(
        {p for found in cells.values() for p in found},
        key=lambda p: (-sum(c[p][0] / c[p][1] for c in cells.values() if p in c and c[p][1]), p),
    )
    if not problems:
        return None
    cell = round((WIDTH - LEFT) / len(problems), 3)
    place = {key: n for n, key in enumerate(problem_order(report))}
    return Markup(
        _MAP.render(
            rows=[
                HeatRow(mark=known[r.id], y=i * ROW, paths=_paths(cells[r.id], problems, cell, i * ROW))
                for i, r in enumerate(mine)
            ],
            width=WIDTH,
            height=ROW * len(mine),
            left=LEFT,
            cell=cell,
            row=ROW,
            borders=_borders(len(problems), cell, ROW * len(mine)),
            order=[place[ranking.benchmark, p] for p in problems],
            runs=[report.runs.index(r) for r in mine],
            suite=ranking.suite,
            label=f"Share of samples that passed, {len(mine)} models by {len(problems)} problems; arrow keys walk the "
            "cells, Enter opens one; the counts are in the list of problems below",
        )
    )


def _borders(problems: int, cell: float, height: int) -> str:
    """Lines between the cells of neighbouring problems, which are drawn as one rectangle where their shade is the same."""
    if cell < NARROWEST:
        return ""
    return "".join(f"M{round(LEFT + i * cell, 2):g} 0v{height}" for i in range(1, problems))


def _cells(run: RunReport, suite: str) -> dict[str, tuple[int, int]]:
    return {c.problem: (c.passed, c.graded) for c in run.counts if c.suite == suite and c.graded}


def _paths(
    found: dict[str, tuple[int, int]], problems: list[str], cell: float, y: int
) -> list[tuple[int, str]]:
    """Neighbouring cells of one shade are drawn as one rectangle."""
    drawn: dict[int, list[str]] = {}
    start, last = 0, -1
    for i in range(len(problems) + 1):
        now = shade(*found[problems[i]]) if i < len(problems) and problems[i] in found else -1
        if now == last and i < len(problems):
            continue
        if last >= 0:
            left, wide = round(LEFT + start * cell, 2), round((i - start) * cell, 2)
            drawn.setdefault(last, []).append(f"M{left:g} {y + 1}h{wide:g}v{ROW - 3}h-{wide:g}z")
        start, last = i, now
    return [(s, "".join(paths)) for s, paths in sorted(drawn.items())]
