"""The pages of several studies: the list, and two of them beside each other."""

import time
from collections.abc import Sequence
from typing import Any

from jinja2.filters import do_urlencode
from markupsafe import Markup

from modelassay.report.html import environment, policy, template
from modelassay.report.live import NOT_YET
from modelassay.report.sentences import answer, headline
from modelassay.report.studies import Changes, Listed
from modelassay.report.tables import Cell, Table
from modelassay.report.wording import UNKNOWN, counted, one_line, signed, with_bounds

_SCRIPTS = ("page.js", "live.js")


def render_list(folder: str, listed: Sequence[Listed]) -> str:
    """All studies of a folder with their answers."""
    table = Table(
        id="studies", title="Studies",
        columns=("study", "answer", "models", "samples", "state", "made", "since the one before"),
        numeric=(False, False, True, True, False, False, False), rows=tuple(map(_row, listed)),
        note="The one before: the latest earlier study that ran one of its models on the same benchmark.",
    )  # fmt: skip
    title = f"{counted(len(listed), 'study').replace('studys', 'studies')} in {one_line(folder)}"
    return _page("studies.html", title=title, table_=table, studies=listed, one="", other="")


def _row(it: Listed) -> tuple[Cell, ...]:
    report = it.report
    if report is None:
        return (Cell(text=it.title), Cell(text=it.trouble), *[Cell(text=UNKNOWN)] * 5)
    since = Cell(text=UNKNOWN)
    if it.before and it.since:
        since = Cell(text=it.since.sentence(), href=compare_address(it.before.name, it.name), sub=f"since {it.before.title}, {_day(it.before.when)}")  # fmt: skip
    samples = sum(r.candidates for r in report.runs)
    folder = it.name.replace("~", "/")
    return (
        Cell(
            text=it.title, href=f"studies/{do_urlencode(it.name)}/", sub="" if folder == it.title else folder
        ),
        Cell(text=headline(report)),
        Cell(text=str(len({r.model for r in report.runs})), sort=len({r.model for r in report.runs})),
        Cell(text=f"{samples:,}", sort=samples),
        _state(it),
        Cell(text=_day(it.when), sort=_seconds(it.when)),
        since,
    )


def _state(it: Listed) -> Cell:
    """How far it is; when something was last written, below."""
    assert it.report is not None
    changed = time.strftime("changed %Y-%m-%d %H:%M", time.gmtime(it.changed))
    if not it.report.stages:
        return Cell(text="finished", tone="kept", sort=1, sub=changed)
    if not any(r.candidates for r in it.report.runs):
        return Cell(text="not sampled yet", sort=0, sub=changed)
    sampling = [s for s in it.report.stages if s.name.startswith("sampling") or s.name.endswith(NOT_YET)]
    done, wanted = sum(s.done for s in sampling), sum(s.total for s in sampling)
    return Cell(text=f"{done:,} of {wanted:,} to sample" if wanted else "grading", sort=0, sub=changed)


def _day(when: str) -> str:
    return when[:16].replace("T", " ")


def _seconds(when: str) -> float | None:
    """ISO 8601 as seconds since the epoch, `None` for what is none."""
    try:
        return float(time.mktime(time.strptime(when[:19], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return None


def compare_address(before: str, now: str) -> str:
    """Where two studies stand beside each other, relative to the list."""
    return f"compare?{do_urlencode({'before': before, 'now': now})}"


def render_comparison(before: Listed, now: Listed, found: Changes, listed: Sequence[Listed]) -> str:
    """What changed from one study to another. Both can be read."""
    assert before.report is not None
    assert now.report is not None
    tables = [t for t in (_figures(found), _settings(found), _claims(found), _decisions(found)) if t.rows]
    return _page(
        "compared.html",
        title=f"From {before.title} to {now.title}: {found.sentence()}.",
        sides=[(s, answer(s.report), f"studies/{do_urlencode(s.name)}/", _day(s.when)) for s in (before, now) if s.report],
        tables=tables, swapped=compare_address(now.name, before.name), studies=listed, one=before.name, other=now.name,
    )  # fmt: skip


def _figures(found: Changes) -> Table:
    rows = []
    for it in found.figures:
        before, now = (Cell(text=with_bounds(e) if e else UNKNOWN, sort=e.value if e else None) for e in (it.before, it.now))  # fmt: skip
        moved = it.moved
        change = Cell(text=UNKNOWN if moved is None else signed(moved), sort=moved)
        rows.append((Cell(text=it.model), Cell(text=it.test), Cell(text=f"pass@{it.k}", sort=it.k), before, now, change))  # fmt: skip
    return Table(
        id="scores", title="Scores", columns=("model", "benchmark", "metric", "before", "now", "change (pp)"),
        numeric=(False, False, False, True, True, True), rows=tuple(rows),
        note="Square brackets: the interval of each. A change carries no verdict here, since nothing is paired: "
        "assay compare RUN RUN gives one, from the run folders of both studies.",
    )  # fmt: skip


def _settings(found: Changes) -> Table:
    rows = tuple(tuple(Cell(text=one_line(text)) for text in row) for row in found.settings)
    columns = ("of", "what", "before", "now")
    return Table(id="settings", title="What made them", columns=columns, numeric=(False,) * 4, rows=rows)


def _claims(found: Changes) -> Table:
    rows = tuple(tuple(Cell(text=text) for text in row) for row in found.claims)
    columns = ("document", "claim", "before", "now")
    return Table(id="claims", title="Verdicts on claims", columns=columns, numeric=(False,) * 4, rows=rows)


def _decisions(found: Changes) -> Table:
    rows = tuple(tuple(Cell(text=text) for text in row) for row in found.decisions)
    return Table(id="decisions", title="Shortlist", columns=("model", "before", "now"), numeric=(False,) * 3, rows=rows)  # fmt: skip


def _page(name: str, **shown: Any) -> str:
    style, scripts = template("page.css"), "\n".join(map(template, _SCRIPTS))
    return (
        environment({})
        .get_template(name)
        .render(
            style=Markup(style), script=Markup(scripts),
            policy=policy(style, scripts, live=True).replace("form-action 'none'", "form-action 'self'"), **shown,
        )
    )  # fmt: skip
