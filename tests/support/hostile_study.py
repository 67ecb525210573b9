"""A study whose every text is hostile: what a note, a source, a model or a benchmark could bring into a page."""

import msgspec

from modelassay.report.content import ProblemTitle, StudyReport
from modelassay.report.samples import ProblemSamples, SampleView, Seen

HOSTILE = (
    '</script><script>window.hit = 1</script><img src=x onerror="window.hit = 2">\x00\x1b[2J\ud800\u202e"\'`'
)


def hostile(report: StudyReport) -> tuple[StudyReport, list[ProblemSamples]]:
    """The study with hostile text in every place that others can write to."""
    runs = tuple(
        msgspec.structs.replace(r, model=f"{i}{HOSTILE}", licence=HOSTILE) for i, r in enumerate(report.runs)
    )
    audit = msgspec.structs.replace(
        report.audits[0],
        note=f"note{HOSTILE}.md",
        notice=HOSTILE,
        text=report.audits[0].text + HOSTILE,
        claims=tuple(msgspec.structs.replace(c, model=HOSTILE) for c in report.audits[0].claims),
        judgements=tuple(
            msgspec.structs.replace(j, explanation=HOSTILE) for j in report.audits[0].judgements
        ),
    )
    fact = report.facts[0]
    citation = msgspec.structs.replace(
        fact.citation, title=HOSTILE, quote=HOSTILE, locator=HOSTILE, url="javascript:alert(1)"
    )
    poisoned = msgspec.structs.replace(
        report,
        name=HOSTILE,
        runs=runs,
        audits=(audit,),
        facts=(msgspec.structs.replace(fact, citation=citation),),
        warnings=(HOSTILE,),
        problems=(ProblemTitle(id=HOSTILE, benchmark="humaneval+"), *report.problems),
    )
    candidate = SampleView(
        index=0,
        text=HOSTILE,
        program=HOSTILE,
        extraction=HOSTILE,
        seen=(Seen(suite="base", outcome="failed", detail=HOSTILE),),
    )
    huge = SampleView(index=1, text="x = 1\n" * 1_700_000, program=None, seen=())
    return poisoned, [
        ProblemSamples(run=r.id, problem=p, statement=HOSTILE, prompt=HOSTILE, samples=(candidate, huge))
        for p in (HOSTILE, "HumanEval/0")
        for r in runs
    ]
