"""The report as one HTML file that opens from disk, asks nothing of a network, and runs no text it shows.

Everything that others wrote (notes, sources, samples) is either escaped by jinja2 or lies compressed
in base64 and reaches the page through `textContent` only. A content security policy in the page allows
this page's own style and script, by hash, and nothing else.
"""

import base64
import gzip
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from modelassay.core.encoding import encode_json
from modelassay.report import charts, cost_tables, evidence_tables, further_tables, tables
from modelassay.report.content import NoteAudit, Ranking, StudyReport
from modelassay.report.heatmap import heat_map
from modelassay.report.noteview import note_lines, notice
from modelassay.report.packing import BUDGET_BYTES, Keep, Packed, grid, pack
from modelassay.report.samples import ProblemSamples
from modelassay.report.sentences import VERDICTS, answer, audit_line, evidence, reasons
from modelassay.report.wording import (
    OUTCOMES,
    anchor,
    bounds,
    compared,
    counted,
    difference,
    duration,
    note_name,
    one_line,
    percent,
    probability,
    quantity,
    test_name,
    visible,
)

SCRIPTS = ("page.js", "python.js", "difference.js", "viewer.js")


def render_html(
    report: StudyReport,
    samples: Iterable[ProblemSamples] = (),
    *,
    budget: int = BUDGET_BYTES,
    live: bool = False,
    listed: bool = False,
    keep: Keep | None = None,
) -> str:
    """The page. Where not all samples fit `budget` bytes, it holds an excerpt and says so.

    samples: those of one problem one after the other. keep: is then given the files beside the page, each with its name
    relative to the page's folder. live: the page is served while the study runs; it asks its server for news and for samples.
    listed: it is one of several studies, whose list it leads back to.
    """
    packed = pack(report, samples, budget, keep)
    scripts = "\n".join(template(name) for name in (*SCRIPTS, *(("live.js",) if live else ())))
    style = template("page.css")
    page = environment(evidence_tables.targets(report)).get_template("page.html")
    return page.render(
        report=report,
        style=Markup(style),
        script=Markup(scripts),
        policy=policy(style, scripts, live=live),
        index=_index(report, packed, live),
        packed=packed,
        live=live,
        listed=listed,
        **_views(report),
    )


def _views(report: StudyReport) -> dict[str, Any]:
    """What the templates show, in their order."""
    return {
        "answer": answer(report),
        "evidence": evidence(report),
        "rankings": [_ranking_view(report, r) for r in report.rankings],
        "tests": [_charts_view(report, r) for r in _leading(report)],
        "legend": charts.legend(report),
        "marks": charts.marks(report),
        "audits": [_audit_view(report, a) for a in report.audits],
        "tables": _tables(report),
    }


def template(name: str) -> str:
    """A file of the package's templates."""
    return (files("modelassay.report") / "templates" / name).read_text(encoding="utf-8")


def policy(style: str, script: str, *, live: bool) -> str:
    """The content security policy: this style, this script, scripts beside the page; a live page may ask its server."""
    connect = "'self'" if live else "'none'"
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}' 'self'; "
        f"connect-src {connect}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def environment(places: dict[str, str]) -> Environment:
    """The templates' environment. places: id of a record → where in the page it stands."""
    made = Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "place": lambda name: places.get(name, ""),
        "percent": percent,
        "bounds": bounds,
        "compared": compared,
        "duration": duration,
        "quantity": quantity,
        "one_line": one_line,
        "visible": visible,
        "probability": probability,
    }
    made.globals |= {
        "anchor": anchor,
        "counted": counted,
        "difference": difference,
        "verdicts": VERDICTS,
    }
    return made


def _leading(report: StudyReport) -> list[Ranking]:
    """The first ranking of every benchmark and suite: one set of charts each."""
    first: dict[tuple[str, str, str], Ranking] = {}
    for ranking in report.rankings:
        first.setdefault((ranking.benchmark, ranking.benchmark_version, ranking.suite), ranking)
    return list(first.values())


def _charts_view(report: StudyReport, ranking: Ranking) -> dict[str, Any]:
    """The charts of one benchmark and suite."""
    return {
        "title": f"{test_name(report, ranking.benchmark, ranking.suite)} {ranking.benchmark_version}",
        "k": ranking.k,
        "speed": charts.quality_against_speed(report, ranking),
        "size": charts.quality_against_size(report, ranking),
        "claimed": charts.claimed_against_measured(report, ranking),
        "curve": charts.against_samples(report, ranking),
        "seconds": charts.against_seconds(report, ranking),
        "worth": any(c.worth_k for r in report.runs for c in r.costs if c.suite == ranking.suite),
        "heat": heat_map(report, ranking),
    }


def _audit_view(report: StudyReport, audit: NoteAudit) -> dict[str, Any]:
    return {
        "audit": audit,
        "name": note_name(audit.note),
        "line": audit_line(audit),
        "notice": notice(audit.notice),
        "lines": note_lines(audit, report.facts),
        "table": evidence_tables.claims_table(audit, report.facts),
    }


def _ranking_view(report: StudyReport, ranking: Ranking) -> dict[str, Any]:
    runs = {r.id: r for r in report.runs}
    return {
        "id": tables.ranking_table(report, ranking).id,
        "title": tables.ranking_table(report, ranking).title,
        "k": ranking.k,
        "rows": [
            {"row": row, "run": runs[row.run], "reasons": reasons(report, ranking, row)}
            for row in ranking.rows
        ],
    }


def _tables(report: StudyReport) -> dict[str, tables.Table]:
    every = (
        tables.estimates_table(report),
        further_tables.decided_table(report),
        further_tables.spreads_table(report),
        further_tables.best_of_table(report),
        further_tables.splits_table(report),
        further_tables.rules_table(report),
        tables.speed_table(report),
        cost_tables.costs_table(report),
        tables.outcomes_table(report),
        further_tables.health_table(report),
        further_tables.left_out_table(report),
        evidence_tables.published_table(report),
        evidence_tables.decisions_table(report),
        evidence_tables.facts_table(report),
        tables.runs_table(report),
    )
    return {t.id: t for t in every}


def _index(report: StudyReport, packed: Packed, live: bool) -> str:
    """The viewer's index, gzipped, in base64."""
    known = charts.marks(report)
    content = grid(report) | {
        "runs": [
            {
                "id": r.id,
                "letter": known[r.id].letter,
                "colour": known[r.id].colour,
                "name": known[r.id].name,
                "benchmark": r.benchmark,
                "n": r.samples_per_problem,
            }
            for r in report.runs
        ],
        "outcomes": OUTCOMES,
        "embedded": sorted(packed.embedded),
        "beside": "all" if live else packed.beside,
        "excerpt": packed.excerpt,
    }
    return base64.b64encode(gzip.compress(encode_json(content), 9, mtime=0)).decode()
