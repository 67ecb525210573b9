"""Answers of services and documents in the shapes that they have, all about the same models and figures.

The figures are EvalPlus's, as the evidence base has them: four benchmarks of each model. Each kind comes with the
scores that a reader has to find in it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from modelassay.evidence.base import load_evidence

BENCHMARKS = ("humaneval", "humaneval+", "mbpp", "mbpp+")
TITLES = ("HumanEval", "HumanEval+", "MBPP", "MBPP+")
DATASETS = (
    "openai/openai_humaneval",
    "evalplus/humanevalplus",
    "google-research-datasets/mbpp",
    "evalplus/mbppplus",
)
Score = tuple[str, str, float]  # hub id, benchmark, percent
Row = tuple[str, tuple[str, ...]]  # hub id, the four figures as printed


@dataclass(frozen=True)
class Recorded:
    """A document: its kind, text, what a fetch of it knows besides, and the scores in it."""

    kind: str
    text: str
    expected: frozenset[Score]
    title: str = ""
    path: str = ""
    repository: str = ""


@cache
def rows() -> tuple[Row, ...]:
    """Every model of which EvalPlus's board has all four figures."""
    evidence = load_evidence()
    found: dict[str, dict[str, str]] = {}
    for fact in evidence.facts.values():
        if (
            fact.citation.document == "evalplus-leaderboard"
            and fact.protocol is not None
            and fact.metric == "pass@1"
        ):
            found.setdefault(fact.model, {}).setdefault(fact.protocol.benchmark, fact.written)
    return tuple(
        (model, tuple(scores[b] for b in BENCHMARKS))
        for model, scores in sorted(found.items())
        if all(b in scores for b in BENCHMARKS) and "/" in model
    )


def _all(chosen: Sequence[int] = (0, 1, 2, 3), of: Sequence[Row] | None = None) -> frozenset[Score]:
    return frozenset(
        (m, BENCHMARKS[i], float(v[i])) for m, v in (rows() if of is None else of) for i in chosen
    )


def _link(model: str) -> str:
    return f"https://huggingface.co/{model}"


def _bare(model: str) -> str:
    return model.partition("/")[2]


def evalplus() -> Recorded:
    board = {
        _bare(m): {
            "link": _link(m), "open-data": "NONE",
            "pass@1": dict(zip(BENCHMARKS, map(float, v), strict=True)), "prompted": True, "size": 1.3,
        }
        for m, v in rows()
    }  # fmt: skip
    return Recorded("EvalPlus results.json", json.dumps(board, indent=4), _all())


def livecodebench() -> Recorded:
    """Ten problems each, so that a mean to one decimal is what the figures say."""
    performances, models = [], []
    for model, values in rows():
        shown = _bare(model)
        for n in range(10):
            value = float(values[0])
            performances.append(
                {"question_id": str(n), "model": shown, "date": 1693526400000, "difficulty": "easy", "pass@1": value, "platform": "leetcode"}
            )  # fmt: skip
        models.append(
            {"model_name": model, "model_repr": shown, "model_style": "x", "release_date": 1693378800000, "link": _link(model)}
        )  # fmt: skip
    text = json.dumps(
        {"performances": performances, "models": models, "date_marks": [1693526400000]}, indent=4
    )
    return Recorded(
        "LiveCodeBench performances", text, frozenset((m, "livecodebench", float(v[0])) for m, v in rows())
    )


def bigcode() -> Recorded:
    head = "T,Models,Size (B),Win Rate,Average score,Throughput (tokens/s),Seq_length,#Languages,humaneval-python,java,javascript,models_query,Links"
    lines = [
        f"🔶,{_bare(m)},2.0,9.1,15.2,44.0,8192,86,{v[0]},20.1,21.3,{_bare(m).lower()},{_link(m)}"
        for m, v in rows()
    ]
    return Recorded("BigCode board CSV", "\n".join([head, *lines]) + "\n", _all((0,)))


def export(delimiter: str, name: str) -> Recorded:
    lines = [delimiter.join(["model", "params", *BENCHMARKS])]
    lines += [delimiter.join([m, "1.3B", *v]) for m, v in rows()]
    return Recorded(name, "\n".join(lines) + "\n", _all())


def json_lines() -> Recorded:
    keys = ("humaneval", "humaneval_plus", "mbpp", "mbpp_plus")
    text = "\n".join(
        json.dumps({"model": m, **dict(zip(keys, map(float, v), strict=True))}) for m, v in rows()
    )
    return Recorded("JSON lines export", text + "\n", _all())


def markdown_card() -> Recorded:
    lines = [f"| [{_bare(m)}]({_link(m)}) | {' | '.join(v)} |" for m, v in rows()]
    table = "\n".join(["| Model | HumanEval | HumanEval+ | MBPP | MBPP+ |", "|---|---|---|---|---|", *lines])
    return Recorded(
        "Markdown table of a card", f"# Evaluation\n\nAll scores are pass@1.\n\n{table}\n", _all()
    )


def html_readme() -> Recorded:
    """A table in HTML inside a README, each cell on a line, with a header over two columns each."""
    body = "\n".join(
        '<tr>\n<td><a href="{}">{}</a></td>\n{}\n</tr>'.format(
            _link(m), _bare(m), "\n".join(f"<td>{x}</td>" for x in v)
        )
        for m, v in rows()
    )
    head = (
        '<tr>\n<th rowspan="2">Model</th>\n<th colspan="2">HumanEval</th>\n<th colspan="2">MBPP</th>\n</tr>\n'
        "<tr>\n<th>base</th>\n<th>plus</th>\n<th>base</th>\n<th>plus</th>\n</tr>"
    )
    return Recorded("HTML table of a README", f"# Results\n\n<table>\n{head}\n{body}\n</table>\n", _all())


def arxiv() -> Recorded:
    """A page as LaTeXML writes it: classes, spans, bold cells, and every third row with its figures as MathML."""
    body = []
    for n, (model, values) in enumerate(rows()):
        cells = []
        for value in values:
            shown = f'<span class="ltx_text ltx_font_bold">{value}</span>'
            if n % 3 == 0:
                shown = (
                    f'<math id="S4.T1.m{n}" class="ltx_Math" alttext="{value}" display="inline"><semantics><mn>{value}</mn>'
                    f'<annotation encoding="application/x-tex">{value}</annotation></semantics></math>'
                )
            cells.append(f'<td class="ltx_td ltx_align_center">{shown}</td>')
        name = f'<th class="ltx_td ltx_align_left ltx_th ltx_th_row" scope="row">{_bare(model)}</th>'
        body.append(f'<tr class="ltx_tr" id="S4.T1.{n}">\n{name}\n' + "\n".join(cells) + "\n</tr>")
    head = "".join(
        f'<th class="ltx_td ltx_th ltx_th_column" scope="col">{t}</th>\n' for t in ("Model", *TITLES)
    )
    text = (
        '<!DOCTYPE html><html lang="en">\n<head>\n<title>A report</title>\n</head>\n<body>\n<article class="ltx_document">\n'
        '<section id="S4" class="ltx_section">\n<h2 class="ltx_title ltx_title_section">4 Evaluation</h2>\n'
        '<figure class="ltx_table" id="S4.T1">\n<figcaption class="ltx_caption"><span class="ltx_tag ltx_tag_table">Table 1: </span>'
        "Pass@1 of greedy decoding.</figcaption>\n"
        f'<table class="ltx_tabular ltx_centering ltx_guessed_headers" id="S4.T1.1">\n<thead class="ltx_thead">\n<tr class="ltx_tr">\n{head}</tr>\n</thead>\n'
        '<tbody class="ltx_tbody">\n'
        + "\n".join(body)
        + "\n</tbody>\n</table>\n</figure>\n</section>\n</article>\n</body>\n</html>\n"
    )
    return Recorded("arXiv HTML", text, _all())


def model_index() -> Recorded:
    model, values = rows()[0]
    results = "".join(
        f"  - task:\n      type: text-generation\n    dataset:\n      type: {d}\n      name: {t}\n    metrics:\n    - name: pass@1\n      type: pass@1\n      value: {v}\n      verified: false\n"
        for d, t, v in zip(DATASETS, TITLES, values, strict=True)
    )
    text = f"---\nlicense: other\nmodel-index:\n- name: our-model\n  results:\n{results}---\n# Our model\n\nHello.\n"
    return Recorded("model-index of a card", text, _all(of=rows()[:1]), path="README.md", repository=model)


def eval_results() -> Recorded:
    model, values = rows()[1]
    text = "".join(
        f"- dataset:\n    id: {d}\n    task_id: default\n  value: {v}\n  date: '2026-01-01'\n  notes: pass@1, greedy\n"
        for d, v in zip(DATASETS, values, strict=True)
    )
    return Recorded(
        "results files of the community",
        text,
        _all(of=rows()[1:2]),
        path=".eval_results/a.yaml",
        repository=model,
    )


def _answer(row: Row) -> dict[str, object]:
    results = [
        {"filename": ".eval_results/a.yaml", "verified": False, "data": {"dataset": {"id": d, "task_id": "default"}, "value": float(v), "notes": "pass@1"}}
        for d, v in zip(DATASETS, row[1], strict=True)
    ]  # fmt: skip
    return {
        "_id": "0", "id": row[0], "sha": "0" * 40, "createdAt": "2024-01-04T00:00:00.000Z", "gated": False,
        "safetensors": {"parameters": {"BF16": 1346471936}, "total": 1346471936}, "cardData": {"license": "other"},
        "evalResults": results,
    }  # fmt: skip


def hub_answer() -> Recorded:
    return Recorded("Hub's answer about a model", json.dumps(_answer(rows()[2])), _all(of=rows()[2:3]))


def hub_listing() -> Recorded:
    return Recorded("page of the Hub's listing", json.dumps([_answer(row) for row in rows()]), _all())


def hub_leaderboard() -> Recorded:
    ranked = [
        {"rank": n, "modelId": m, "value": float(v[1]), "filename": "a.yaml", "verified": False, "author": {"type": "org", "name": "x"}}
        for n, (m, v) in enumerate(rows(), 1)
    ]  # fmt: skip
    return Recorded("Hub leaderboard of a data set", json.dumps(ranked), _all((1,)), title=DATASETS[1])


def eval_ever() -> Recorded:
    records = [
        {
            "schema_version": "0.3.0", "evaluation_id": f"a/{m}/1", "retrieved_timestamp": "1767225600",
            "source_metadata": {"source_type": "documentation", "source_organization_name": "EvalPlus", "evaluator_relationship": "third_party"},
            "eval_library": {"name": "evalplus", "version": "unknown"}, "model_info": {"name": _bare(m), "id": m},
            "evaluation_results": [
                {
                    "evaluation_name": t, "source_data": {"dataset_name": t, "source_type": "url", "url": ["https://example.org"]},
                    "metric_config": {"metric_name": "pass@1", "metric_unit": "percent", "lower_is_better": False, "min_score": 0, "max_score": 100},
                    "score_details": {"score": float(x)},
                }
                for t, x in zip(TITLES, v, strict=True)
            ],
        }
        for m, v in rows()
    ]  # fmt: skip
    return Recorded("Every Eval Ever records", json.dumps(records, indent=1), _all())


def papers_with_code() -> Recorded:
    datasets = [
        {
            "dataset": t,
            "sota": {
                "metrics": ["Pass@1"],
                "rows": [{"model_name": _bare(m), "paper_title": "p", "metrics": {"Pass@1": v[i]}, "uses_additional_data": False} for m, v in rows()],
            },
        }
        for i, t in enumerate(TITLES)
    ]  # fmt: skip
    text = json.dumps(
        [{"task": "Code Generation", "description": "", "datasets": datasets, "subtasks": []}], indent=1
    )
    return Recorded("Papers with Code archive", text, _all())


def lm_eval() -> Recorded:
    model, values = rows()[3]
    results = {
        t: {"alias": t, "pass@1,create_test": round(float(v) / 100, 4), "pass@1_stderr,create_test": 0.03}
        for t, v in zip(("humaneval", "humaneval_plus"), values, strict=False)
    }
    text = json.dumps(
        {
            "results": results, "n-shot": {"humaneval": 0, "humaneval_plus": 0}, "versions": {"humaneval": 1.0},
            "config": {"model": "hf", "model_args": f"pretrained={model},dtype=auto"},
        }, indent=1,
    )  # fmt: skip
    return Recorded("lm-evaluation-harness results", text, _all((0, 1), of=rows()[3:4]))


KINDS: tuple[Callable[[], Recorded], ...] = (
    evalplus, livecodebench, bigcode, lambda: export(",", "CSV export"), lambda: export("\t", "TSV export"), json_lines,
    markdown_card, html_readme, arxiv, model_index, eval_results, hub_answer, hub_listing, hub_leaderboard, eval_ever,
    papers_with_code, lm_eval,
)  # fmt: skip
