"""The charts as plain SVG: no library, no script, printable, and every mark a link to what it rests on.

A model keeps its letter and colour in every chart, so that colour is never the only carrier. Classes
`m0` to `m7` are coloured by the page's stylesheet, which is how charts follow the dark theme. Marks are
placed, never computed: values, intervals and rates come from the report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import Environment
from markupsafe import Markup

from modelassay.core.measured import Estimate
from modelassay.report.content import Ranking, RunReport, StudyReport
from modelassay.report.scales import Scale, log_scale, share_scale, spread
from modelassay.report.wording import anchor, labels, one_line, parameters, percent, quantity, with_bounds

WIDTH, HEIGHT = 480, 330
LEFT, RIGHT, TOP, BOTTOM = 44, 22, 14, 42
COLOURS = 8


@dataclass(frozen=True)
class Mark:
    """How one model looks everywhere: a letter, a colour class, a name."""

    letter: str
    colour: str
    name: str


def marks(report: StudyReport) -> dict[str, Mark]:
    """Run id → mark. Letters follow the first ranking; a model has one letter on all benchmarks."""
    names = labels(report)
    ranked = [row.run for ranking in report.rankings for row in ranking.rows]
    order = list(dict.fromkeys(names[r] for r in (*ranked, *(run.id for run in report.runs)) if r in names))
    return {
        run: Mark(letter=_letter(order.index(name)), colour=f"m{order.index(name) % COLOURS}", name=name)
        for run, name in names.items()
    }


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else str(place + 1)


_E = Environment(autoescape=True)
_AXES = _E.from_string(
    """<g class="axes" aria-hidden="true">
{%- for x, text in xs %}<path class="grid" d="M{{ x }} {{ top }}V{{ bottom }}"/><text class="tick" x="{{ x }}" y="{{ bottom + 16 }}" text-anchor="middle">{{ text }}</text>{% endfor %}
{%- for y, text in ys %}<path class="grid" d="M{{ left }} {{ y }}H{{ right }}"/><text class="tick" x="{{ left - 7 }}" y="{{ y + 4 }}" text-anchor="end">{{ text }}</text>{% endfor %}
<text class="axis" x="{{ (left + right) / 2 }}" y="{{ bottom + 35 }}" text-anchor="middle">{{ x_title }}</text></g>"""
)
_DOT = _E.from_string(
    """<a href="{{ href }}" class="{{ mark.colour }}"><title>{{ label }}</title>
{%- if whisker %}<path class="whisker" d="{{ whisker }}"/>{% endif -%}
{%- if leader %}<path class="leader" d="{{ leader }}"/>{% endif -%}
<circle class="dot" cx="{{ x }}" cy="{{ y }}" r="9"/><text class="letter" aria-hidden="true" x="{{ x }}" y="{{ y + 3.8 }}" text-anchor="middle">{{ mark.letter }}</text></a>"""
)
_SVG = _E.from_string(
    """<svg viewBox="0 0 {{ width }} {{ height }}" role="group" aria-label="{{ label }}">{{ body }}</svg>"""
)


def _svg(label: str, body: Sequence[Markup], height: float = HEIGHT, width: float = WIDTH) -> Markup:
    return Markup(_SVG.render(label=label, body=Markup("\n").join(body), height=round(height), width=width))


def _axes(x: Scale, y: Scale, xs: list[tuple[float, str]], ys: list[float], x_title: str) -> Markup:
    return Markup(
        _AXES.render(
            xs=[(x(v), text) for v, text in xs],
            ys=[(y(v), f"{100 * v:.0f}%") for v in ys],
            x_title=x_title,
            left=LEFT,
            right=WIDTH - RIGHT,
            top=TOP,
            bottom=HEIGHT - BOTTOM,
        )
    )


def _dot(run: str, mark: Mark, at: tuple[float, float], label: str, **lines: str) -> Markup:
    spoken = f"{mark.letter}: {label}"
    return Markup(
        _DOT.render(href=f"#{anchor('run', run)}", mark=mark, x=at[0], y=at[1], label=spoken, **lines)
    )


def quality_against_speed(report: StudyReport, ranking: Ranking) -> Markup | None:
    """pass@k over samples per second with intervals; a step line joins what nothing beats on both."""
    runs, known = {r.id: r for r in report.runs}, marks(report)
    rows = [(row, speed) for row in ranking.rows if (speed := runs[row.run].speed)]
    if not rows:
        return None
    intervals = [v for row, _ in rows for v in (row.estimate.interval.low, row.estimate.interval.high)]
    y, ys = share_scale(intervals, HEIGHT - BOTTOM, TOP)
    x, xs = log_scale([s.candidates_per_second for _, s in rows], LEFT, WIDTH - RIGHT)
    points = [(x(s.candidates_per_second), y(row.estimate.value)) for row, s in rows]
    body = [_axes(x, y, [(v, quantity(v)) for v in xs], ys, "samples per second"), _front(points)]
    for (row, speed), at in zip(rows, points, strict=True):
        it = row.estimate
        label = (
            f"{known[row.run].name}: {with_bounds(it)} at {quantity(speed.candidates_per_second)} samples/s"
        )
        whisker = f"M{at[0]} {y(it.interval.low)}V{y(it.interval.high)}"
        body.append(_dot(row.run, known[row.run], at, label, whisker=whisker))
    return _svg(f"pass@{ranking.k} against samples per second, {len(rows)} models", body)


def quality_against_size(report: StudyReport, ranking: Ranking) -> Markup | None:
    """pass@k over the number of parameters, for the models whose size is known; `None` for fewer than two."""
    runs, known = {r.id: r for r in report.runs}, marks(report)
    rows = [(row, size) for row in ranking.rows if (size := runs[row.run].params)]
    if len(rows) < 2:
        return None
    intervals = [v for row, _ in rows for v in (row.estimate.interval.low, row.estimate.interval.high)]
    y, ys = share_scale(intervals, HEIGHT - BOTTOM, TOP)
    x, xs = log_scale([size for _, size in rows], LEFT, WIDTH - RIGHT)
    body = [_axes(x, y, [(v, parameters(v)) for v in xs], ys, "parameters")]
    for row, size in rows:
        it, at = row.estimate, (x(size), y(row.estimate.value))
        label = f"{known[row.run].name}: {with_bounds(it)} with {parameters(size)} parameters"
        whisker = f"M{at[0]} {y(it.interval.low)}V{y(it.interval.high)}"
        body.append(_dot(row.run, known[row.run], at, label, whisker=whisker))
    return _svg(f"pass@{ranking.k} against the number of parameters, {len(rows)} models", body)


def _front(points: list[tuple[float, float]]) -> Markup:
    """The steps through the points that no other point beats in both directions (right and up)."""
    best: list[tuple[float, float]] = []
    for x, y in sorted(points, key=lambda p: (-p[0], p[1])):
        if not best or y < best[-1][1]:
            best.append((x, y))
    steps = "".join(f"V{y}" if i == 0 else f"V{y}H{x}" for i, (x, y) in enumerate(best))
    start = f"M{best[0][0]} {HEIGHT - BOTTOM}"
    corner = "".join(f"H{x}V{y}" for x, y in best)
    return Markup('<path class="front" d="{}{}H{}"/>').format(start, corner if steps else "", LEFT)


def against_samples(report: StudyReport, ranking: Ranking) -> Markup | None:
    """pass@k over k, with the intervals as bands."""
    return _curves(report, ranking, lambda run, k: float(k), "samples per problem, k")


def against_seconds(report: StudyReport, ranking: Ranking) -> Markup | None:
    """Share solved over the seconds that k samples take at the measured rate."""

    def seconds(run: RunReport, k: int) -> float | None:
        return k / run.speed.candidates_per_second if run.speed else None

    return _curves(report, ranking, seconds, "seconds of sampling per problem", rings=True)


def _curves(
    report: StudyReport,
    ranking: Ranking,
    across: Callable[[RunReport, int], float | None],
    x_title: str,
    *,
    rings: bool = False,
) -> Markup | None:
    """rings: where one more sample stops being worth its time, on the lines whose cost is known."""
    runs, known = {r.id: r for r in report.runs}, marks(report)
    lines: dict[str, list[tuple[float, Estimate]]] = {}
    for row in ranking.rows:
        estimates = sorted(
            (e for e in runs[row.run].estimates if e.suite == ranking.suite), key=lambda e: e.k
        )
        points = [(v, e) for e in estimates if (v := across(runs[row.run], e.k)) is not None]
        if len(points) > 1:
            lines[row.run] = points
    if not lines:
        return None
    flat = [p for points in lines.values() for p in points]
    y, ys = share_scale([v for _, e in flat for v in (e.interval.low, e.interval.high)], HEIGHT - BOTTOM, TOP)
    x, xs = log_scale([v for v, _ in flat], LEFT, WIDTH - RIGHT - 26)
    body = [_axes(x, y, [(v, quantity(v)) for v in xs], ys, x_title)]
    body += [_band(known[run], x, y, points) for run, points in lines.items()]
    if rings:
        body += [_ring(runs[run], known[run], ranking.suite, (x, y), across) for run in lines]
    body += _ends(lines, known, x, y)
    return _svg(f"pass@k against {x_title}, {len(lines)} models", body)


def _band(mark: Mark, x: Scale, y: Scale, points: list[tuple[float, Estimate]]) -> Markup:
    up = "L".join(f"{x(v)} {y(e.interval.high)}" for v, e in points)
    down = "L".join(f"{x(v)} {y(e.interval.low)}" for v, e in reversed(points))
    line = "L".join(f"{x(v)} {y(e.value)}" for v, e in points)
    return Markup(
        '<g class="{}" aria-hidden="true"><path class="band" d="M{}L{}Z"/><path class="line" d="M{}"/></g>'
    ).format(mark.colour, up, down, line)


def _ring(
    run: RunReport,
    mark: Mark,
    suite: str,
    scales: tuple[Scale, Scale],
    across: Callable[[RunReport, int], float | None],
) -> Markup:
    """A ring on a run's line at the number of samples from which on one more is not worth its time; nothing without one."""
    cost = next((c for c in run.costs if c.suite == suite and c.worth_k), None)
    at = next((a for a in cost.at if a.k == cost.worth_k), None) if cost else None
    seconds = across(run, at.k) if at else None
    if at is None or seconds is None:
        return Markup()
    return Markup(
        '<g class="{}"><circle class="ring" cx="{}" cy="{}" r="6"><title>{}</title></circle></g>'
    ).format(
        mark.colour,
        scales[0](seconds),
        scales[1](at.solved),
        f"{mark.name}: more than {at.k} samples are not worth their time",
    )


def _ends(
    lines: dict[str, list[tuple[float, Estimate]]], known: dict[str, Mark], x: Scale, y: Scale
) -> list[Markup]:
    """The lettered dots where the lines end, pushed apart where they would cover each other."""
    wanted = [y(points[-1][1].value) for points in lines.values()]
    placed = spread(wanted, 19, TOP + 9, HEIGHT - BOTTOM - 9)
    body = []
    for (run, points), want, put in zip(lines.items(), wanted, placed, strict=True):
        at, it = x(points[-1][0]), points[-1][1]
        label = f"{known[run].name}: " + ", ".join(f"pass@{e.k} {percent(e.value)}" for _, e in points)
        leader = f"M{at} {want}L{at + 10} {put}" if abs(put - want) > 1 else f"M{at} {want}H{at + 10}"
        body.append(_dot(run, known[run], (round(at + 17, 2), put), label or str(it.k), leader=leader))
    return body


def claimed_against_measured(report: StudyReport, ranking: Ranking) -> Markup | None:
    """One row per published figure of the suite: what was measured with its interval, and what was claimed."""
    known, ranked = marks(report), [row.run for row in ranking.rows]
    rows = [
        (run, p, p.measured)
        for run in sorted((r for r in report.runs if r.id in ranked), key=lambda r: ranked.index(r.id))
        for p in run.published
        if p.measured and p.suite == ranking.suite
    ]
    if not rows:
        return None
    values = [v for _, p, e in rows for v in (p.value, e.interval.low, e.interval.high)]
    x, xs = share_scale(values, LEFT, WIDTH - RIGHT)
    height = TOP + 38 * len(rows) + BOTTOM
    axes = _AXES.render(
        xs=[(x(v), f"{100 * v:.0f}%") for v in xs],
        ys=[],
        x_title="solved, published and measured",
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=height - BOTTOM,
    )
    body = [Markup(axes)]
    for place, (run, it, measured) in enumerate(rows):
        at = TOP + 38 * place + 25
        label = f"{known[run.id].name}: {percent(it.value)} by {it.source}, measured {with_bounds(measured)}"
        text = one_line(it.source) + (", another protocol" if it.comparable is False else "")
        body.append(_held(run, known[run.id], label, text, (x(it.value), x(measured.value), at), x, measured))
    return _svg(f"Published against measured, {len(rows)} figures", body, height)


def _held(
    run: RunReport, mark: Mark, label: str, text: str, at: tuple[float, float, float], x: Scale, it: Estimate
) -> Markup:
    claimed, measured, y = at
    whisker = f"M{x(it.interval.low)} {y}H{x(it.interval.high)}"
    dot = _dot(run.id, mark, (measured, y), label, whisker=whisker)
    diamond = f"M{claimed} {y - 7}l7 7l-7 7l-7-7z"
    return Markup(
        '<text class="row" x="{}" y="{}">{}</text>{}<path class="claimed {}" d="{}"><title>{}</title></path>'
    ).format(LEFT, y - 13, text[:70], dot, mark.colour, diamond, label)


def legend(report: StudyReport) -> list[Mark]:
    """Each model's mark once, in the order of the letters."""
    unique = {m.name: m for m in marks(report).values()}
    return sorted(unique.values(), key=lambda m: (len(m.letter), m.letter))
