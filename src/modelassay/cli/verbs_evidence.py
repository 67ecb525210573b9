"""`assay audit`, `assay shortlist`, `assay evidence`: what others say, judged."""

from pathlib import Path
from typing import Annotated

import typer

from modelassay.cli.options import WORKDIR, JsonOption, OfflineOption, WorkDirOption, example
from modelassay.cli.output import data, json_out, say, table_out


def register(app: typer.Typer) -> None:
    """Add the verbs of this file."""
    app.command(epilog=example("assay audit examples/note.md"))(audit)
    app.command(epilog=example("assay shortlist examples/study.toml"))(shortlist)
    app.command(epilog=example("assay evidence --model deepseek-ai/deepseek-coder-1.3b-instruct"))(evidence)


def audit(
    notes: Annotated[list[Path], typer.Argument(metavar="NOTE.md …", help="Written documents to audit.")],
    workdir: WorkDirOption = WORKDIR,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """A written document → a verdict on every claim in it, and a corrected copy with a correction notice."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.audits import audit_notes

    audits = audit_notes(notes, WorkDir(workdir))
    if json_:
        values = [a.to_json() for a in audits]
        json_out(values[0] if len(values) == 1 else values)
        return
    for found in audits:
        rows = [
            [
                str(c.line),
                j.verdict,
                c.model,
                (c.protocol.benchmark if c.protocol else c.subject),
                c.quote,
                j.explanation,
            ]
            for c, j in zip(found.claims, found.judgements, strict=True)
        ]
        table_out(["line", "verdict", "model", "about", "quote", "explanation"], rows, title=found.note)
        for unread in found.unread:
            say(f"{found.note}:{unread.line}: not read: {unread.quote} ({unread.reason})")
        data(", ".join(f"{count} {verdict}" for verdict, count in found.counts.items()))


def shortlist(
    study_file: Annotated[
        Path, typer.Argument(metavar="STUDY.toml", help="Its notes and [shortlist] table.")
    ],
    workdir: WorkDirOption = WORKDIR,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Models + claims + needs → keep or refuse, rule by rule."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.audits import shortlist_study

    decisions = shortlist_study(study_file, WorkDir(workdir))
    if json_:
        json_out(decisions)
        return
    rows = [
        [
            d.model,
            "keep" if d.kept else "refuse",
            "; ".join(r.reason for r in d.rules if r.held is not True) or "every rule holds",
        ]
        for d in decisions
    ]
    table_out(["model", "decision", "reasons"], rows)


def evidence(
    model: Annotated[str | None, typer.Option("--model", help="Only facts about this hub id.")] = None,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", help="Only scores on this benchmark.")
    ] = None,
    history: Annotated[
        str | None, typer.Option("--history", metavar="FACT", help="How one number came to be.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="List what is wrong in the evidence base; exit 1 if anything is.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Another evidence base: facts/*.yaml, models.yaml.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """The evidence base: every fact with its source, what is wrong in it, the history of a number."""
    from modelassay.evidence.base import load_evidence
    from modelassay.pipeline.evidence import chosen_facts, fact_history, problems_of

    base = load_evidence(folder)
    if check:
        found = problems_of(base)
        if json_:
            json_out(found)
        else:
            table_out(["fact", "problem", "message"], [[p.fact, p.problem, p.message] for p in found])
            data(f"{len(base.facts)} facts in {len(base.documents)} documents, {len(found)} problems")
        raise typer.Exit(1 if found else 0)
    if history is not None:
        data("\n".join(fact_history(base, history)))
        return
    facts = chosen_facts(base, model, benchmark)
    if json_:
        json_out(facts)
        return
    rows = [
        [
            f.id,
            f.model,
            (f.protocol.benchmark if f.protocol else f.subject),
            f.metric,
            f.written,
            f.citation.title,
            f.citation.locator,
        ]
        for f in facts
    ]
    table_out(["fact", "model", "about", "metric", "value", "source", "where"], rows)
