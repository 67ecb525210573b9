"""What others say: documents, facts, claims, and what we think of them.

A *fact* is a number or statement in the curated evidence base. A *claim* is one in the document under
audit. Both keep where they stand and what was written. A *finding* is what one check says about one
claim; a *judgement* is the verdict the findings add up to; a *decision* keeps or refuses a model.
"""

from typing import Literal

from modelassay.core.records import Record

Subject = Literal[
    "score", "params", "kind", "existence", "lineage", "release", "licence", "comparison", "provenance", "definition",
    "speed",
]  # fmt: skip
Verdict = Literal[
    "confirmed", "contradicted", "misattributed", "different-protocol", "no-such-model", "unverified"
]  # fmt: skip
Tier = Literal["primary-own", "primary-leaderboard", "third-party-paper", "community-card", "aggregator"]
Kind = Literal["base", "instruct"]
# How a comparison goes: `top` says that nothing in range is better, `none-above` that no model reaches `value`.
Relation = Literal["above", "below", "equal", "top", "none-above"]


class Protocol(Record):
    """How a score was measured. Every field may be unknown (`None`); unknown is never guessed.

    benchmark: canonical name (`humaneval`, `humaneval+`, `mbpp`, `mbpp+`, `multipl-e`, …).
    problems: N, the number of problems scored.
    """

    benchmark: str
    version: str | None = None
    problems: int | None = None
    shots: int | None = None
    samples_per_problem: int | None = None
    temperature: float | None = None
    prompt_style: Literal["completion", "chat"] | None = None
    harness: str | None = None
    harness_version: str | None = None
    quantization: str | None = None  # as written, lower case: "q4_k_m", "awq", "4bit"; `None`: not said
    written: str = ""  # the source's own words about its protocol, shortened


class Document(Record):
    """One source of facts. `tier` orders trust; `id` is the name of its file in evidence/facts."""

    id: str
    title: str
    url: str
    publisher: str
    tier: Tier
    revision: str | None = None
    retrieved: str | None = None  # ISO date


class Citation(Record):
    """Where a fact stands: document, place in it ("Table 3, row 5"), and a short verbatim quote."""

    document: str
    title: str
    url: str
    tier: Tier
    locator: str
    quote: str


class Fact(Record):
    """One statement of the evidence base.

    value: in [0, 1] for scores, absolute for `params`; `None` where the statement is not one number.
    written: the value as the source prints it.
    metric: `pass@1`, `pass@10`, …; empty for facts that are not scores.
    """

    id: str
    model: str  # hub id, or "" for a fact about a benchmark
    subject: Subject
    written: str
    citation: Citation
    value: float | None = None
    protocol: Protocol | None = None
    metric: str = ""
    measured_by: Literal["maker", "third-party"] | None = None
    note: str = ""


class ModelFacts(Record):
    """What is known of one model. `tuned_from` is its parent's hub id; `exists=False` is evidence of absence."""

    hub_id: str
    kind: Kind | None = None
    kind_written: str = ""
    params: float | None = None
    params_written: str = ""
    licence: str | None = None
    licence_class: Literal["open", "commercial-with-limits", "non-commercial"] | None = None
    tuned_from: str | None = None
    exists: bool = True
    released: str | None = None
    context_tokens: int | None = None
    sources: tuple[str, ...] = ()  # fact ids or document ids that the fields above rest on
    note: str = ""


class Claim(Record):
    """One claim read from a document under audit.

    line: 1-based; quote: verbatim text of that line; column: where the value begins on it, 1-based.
    model: as written; hub_id: the resolved model, `None` when unknown or ambiguous.
    value: in [0, 1] for scores, absolute for `params`, in points/100 for comparisons; written: as printed.
    measured_by: "writer" where the text says that its writer measured ("I ran", "ours", a harness's own output),
    "other" where it quotes somebody ("the paper prints", "theirs").
    """

    id: str
    line: int
    quote: str
    subject: Subject
    model: str = ""
    hub_id: str | None = None
    protocol: Protocol | None = None
    metric: str = ""
    written: str = ""
    value: float | None = None
    high: float | None = None  # upper end when a range is written; `value` is then the lower
    approximate: bool = False
    attribution: str = ""  # the provenance written beside it: "arXiv paper", "model card - verified"
    other: str | None = None  # the model compared with, the parent named, the source named
    relation: Relation | None = None  # comparisons only; the difference in `value` is always positive
    release_list: str | None = None  # fact id of the maker's list of releases that has no such model
    negated: bool = False  # the document itself presents the statement as an error ("incorrectly listed")
    measured_by: Literal["writer", "other"] | None = None  # who measured, where the text says so
    counted: str = ""  # "61/164" where a count stands beside the percentage
    verbatim: bool = (
        False  # in a code or console block or a notebook's output: a corrected copy leaves it alone
    )
    column: int | None = None
    read_by: str = ""  # the model that was asked to read this passage; "" for our own reader


class Unread(Record):
    """Something that looks like a claim but could not be resolved. Listed, never dropped."""

    line: int
    quote: str
    reason: str


class Refused(Record):
    """What a model that was asked to read claims to have read, and why it is not believed. said: its own words."""

    line: int
    said: str
    reason: str


class Finding(Record):
    """What one check says about one claim. `check` is its anchor in docs/checks.md."""

    claim: str
    check: str
    severity: Literal["info", "supports", "doubts", "refutes"]
    message: str
    rests_on: tuple[str, ...] = ()  # fact ids


class Judgement(Record):
    """The verdict on one claim. `closest` is a fact id; `owner` names whom a misattributed number belongs to.

    check: the check that decided, its anchor in docs/checks.md; "" where none did.
    proved: whether the replacement may be put in place of what is written.
    probability_wrong: that the claim as stated is wrong, `None` where nothing is known of it.
    gap: percentage points to the nearest comparable measurement, where it is compared with any.
    """

    claim: str
    verdict: Verdict
    explanation: str
    owner: str | None = None
    closest: str | None = None
    evidence: tuple[str, ...] = ()
    replacement: str | None = None  # text that belongs in place of the claim's written value
    check: str = ""
    proved: bool = True
    probability_wrong: float | None = None
    gap: float | None = None


class RuleResult(Record):
    """One rule applied to one model: did it hold (`None`: unknown), and why."""

    rule: str
    held: bool | None
    reason: str
    evidence: tuple[str, ...] = ()


class Decision(Record):
    """Keep or refuse one model, rule by rule."""

    model: str
    kept: bool
    rules: tuple[RuleResult, ...]
