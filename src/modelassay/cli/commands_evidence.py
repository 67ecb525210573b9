"""`assay audit`, `assay shortlist`, `assay evidence`: what others published, audited."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelassay.cli.options import (
    LOOK,
    PIECES,
    WORKDIR,
    EvidenceOption,
    JsonOption,
    LookUpOption,
    OfflineOption,
    WorkDirOption,
    example,
)
from modelassay.cli.output import data, json_out, say, table_out

if TYPE_CHECKING:
    from modelassay.audit.auditor import Audit, SecondReader
    from modelassay.core.published import Fact
    from modelassay.core.workdir import WorkDir
    from modelassay.evidence.base import Evidence


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(rich_help_panel=PIECES, epilog=example("assay audit examples/note.md"))(audit)
    app.command(rich_help_panel=PIECES, epilog=example("assay shortlist examples/study.toml"))(shortlist)
    app.command(
        rich_help_panel=LOOK,
        epilog=example("assay evidence --model deepseek-ai/deepseek-coder-1.3b-instruct"),
    )(evidence)


def verdict_names() -> list[str]:
    """The verdicts, which the shell completes."""
    from modelassay.cli.audit_output import WORST_FIRST

    return list(WORST_FIRST)


DocumentsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="NOTE.md",
        help="Documents to audit: notes, model cards, tables, exports; files, addresses, or owner/name of the Hub.",
    ),
]
FailOnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="VERDICT",
        help="Exit with 1 where a claim has this verdict, as contradicted; may be repeated.",
        autocompletion=verdict_names,
    ),
]


def audit(
    documents: DocumentsArgument,
    reader_endpoint: Annotated[
        str | None,
        typer.Option(
            "--reader-endpoint",
            metavar="URL",
            help="Server whose model reads the prose that the built-in reader cannot. Off by default.",
        ),
    ] = None,
    reader_model: Annotated[
        str | None, typer.Option("--reader-model", metavar="NAME", help="That model's name on the server.")
    ] = None,
    reader_api_key_env: Annotated[
        str | None,
        typer.Option(
            "--reader-api-key-env",
            metavar="NAME",
            help="Environment variable that holds the server's API key.",
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="List confirmed and unverified claims, too, and numbers that were not read."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what the corrected copy changes instead, as a unified diff.")
    ] = False,
    fail_on: FailOnOption = None,
    look_up: LookUpOption = False,
    workdir: WorkDirOption = WORKDIR,
    own: EvidenceOption = None,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Audit a document: a verdict on every claim in it, and a corrected copy with a correction notice."""
    from modelassay.cli.audit_output import audit_out, diff_out
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.audits import audit_notes, corrected_copies
    from modelassay.pipeline.fetched_documents import documents_of
    from modelassay.pipeline.plan.evidence_bases import evidence_of

    _check_audit(fail_on or [], json_ and diff)
    second = _second_reader(
        (reader_endpoint, reader_model, reader_api_key_env), WorkDir(workdir), offline=offline
    )
    base = evidence_of(WorkDir(workdir), own)
    notes = documents_of(documents, WorkDir(workdir), offline=offline)
    if look_up:
        base = _looked_up(notes, WorkDir(workdir), base, offline)
    audits = audit_notes(notes, WorkDir(workdir), base, second)
    if json_:
        values = [a.to_json() for a in audits]
        json_out(values[0] if len(values) == 1 else values)
    else:
        for found, copy in zip(audits, corrected_copies(notes, WorkDir(workdir)), strict=True):
            diff_out(found) if diff else audit_out(found, copy, everything=everything)
    _exit_for(audits, fail_on or [])


def _looked_up(notes: list[Path], workdir: "WorkDir", base: "Evidence", offline: bool) -> "Evidence":
    """The evidence with what the Hub says of the models that it does not know."""
    from modelassay.pipeline.looked_up import look_up_models

    found, troubles = look_up_models(notes, workdir, base, offline=offline)
    for trouble in troubles:
        say(f"assay: not looked up: {trouble}")
    return found


def _check_audit(fail_on: list[str], two_forms: bool) -> None:
    """Raises BadParameter for a word that is no verdict, and for two forms of output at once."""
    for verdict in fail_on:
        if verdict not in verdict_names():
            raise typer.BadParameter(f"{verdict} is no verdict; --fail-on takes {', '.join(verdict_names())}")
    if two_forms:
        raise typer.BadParameter("give --json or --diff")


def _second_reader(
    server: tuple[str | None, str | None, str | None], workdir: "WorkDir", *, offline: bool
) -> "SecondReader | None":
    """The model that reads on, by its endpoint, name and key's variable; None where none is named."""
    from modelassay.pipeline.plan.study_file import ReaderEntry
    from modelassay.pipeline.second_reader import second_reader

    endpoint, model, key = server
    if (endpoint is None) != (model is None):
        raise typer.BadParameter("--reader-endpoint and --reader-model go together")
    if endpoint is None or model is None:
        return None
    entry = ReaderEntry(endpoint=endpoint, model=model, api_key_env=key)
    return second_reader(entry, workdir, offline=offline)


def _exit_for(audits: "list[Audit]", verdicts: list[str]) -> None:
    """Exit 1, with the counts in one line, where a claim has one of the verdicts."""
    found = {v: sum(a.counts.get(v, 0) for a in audits) for v in dict.fromkeys(verdicts)}
    if any(found.values()):
        counts = ", ".join(f"{n} {v}" for v, n in found.items() if n)
        say(f"assay: {counts} — --fail-on asks for exit code 1 then")
        raise typer.Exit(1)


def shortlist(
    study_file: Annotated[
        Path, typer.Argument(metavar="STUDY.toml", help="Study file with notes and a [shortlist] table.")
    ],
    workdir: WorkDirOption = WORKDIR,
    own: EvidenceOption = None,
    json_: JsonOption = False,
    offline: OfflineOption = False,
) -> None:
    """Shortlist the models of a study: keep or refuse, rule by rule, each with its reason."""
    from modelassay.core.workdir import WorkDir
    from modelassay.pipeline.audits import shortlist_study

    decisions = shortlist_study(study_file, WorkDir(workdir), own)
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
    model: Annotated[str | None, typer.Option("--model", help="Only facts about this Hub id.")] = None,
    benchmark: Annotated[
        str | None, typer.Option("--benchmark", help="Only scores on this benchmark.")
    ] = None,
    history: Annotated[
        str | None, typer.Option("--history", metavar="FACT", help="How one number came about.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="List errors in the evidence base; exit 1 if there are any.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Directory of another evidence base: facts/*.yaml, models.yaml."),
    ] = None,
    workdir: WorkDirOption = WORKDIR,
    own: EvidenceOption = None,
    json_: JsonOption = False,
) -> None:
    """List the evidence base: every fact with its source, errors in it, the history of a number."""
    from modelassay.core.workdir import WorkDir
    from modelassay.evidence.base import load_evidence
    from modelassay.pipeline.evidence import chosen_facts, fact_history, problems_of
    from modelassay.pipeline.plan.evidence_bases import evidence_of

    base = load_evidence(folder) if folder is not None else evidence_of(WorkDir(workdir), own)
    if check:
        found = problems_of(base)
        if json_:
            json_out(found)
        else:
            table_out(["fact", "problem", "message"], [[p.fact, p.problem, p.message] for p in found])
            mine = sum(base.origin(fact) == "own" for fact in base.facts.values())
            own_words = f" ({mine} of your own, in {base.own_folder})" if base.own_folder is not None else ""
            data(
                f"{len(base.facts)} facts in {len(base.documents)} documents{own_words}, {len(found)} problems"
            )
        raise typer.Exit(1 if found else 0)
    if history is not None:
        data("\n".join(fact_history(base, history)))
    elif json_:
        json_out(chosen_facts(base, model, benchmark))
    else:
        _facts_out(chosen_facts(base, model, benchmark))


def _facts_out(facts: "list[Fact]") -> None:
    """Facts as a table, each with the place where its source says it."""
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
    table_out(["fact", "model", "about", "metric", "value", "source", "location"], rows)
