"""One document in, one verdict on each of its claims out, and a corrected copy when asked for."""

import gc
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from modelassay.audit import rounding
from modelassay.audit.comparability import describe
from modelassay.audit.context import Context
from modelassay.audit.copy_form import Form, form_of, still_parses
from modelassay.audit.corrections import Correction, correct_text, may_change
from modelassay.audit.notice import Doubt, add_notice, blank_blocks, write_notice
from modelassay.audit.remarks import judged_wrong
from modelassay.audit.verdicts import judge_claims
from modelassay.core.errors import InputError, MissingError
from modelassay.core.published import Claim, Fact, Finding, Judgement, Refused, Unread
from modelassay.evidence.base import Evidence, load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.claims_draft import Reading
from modelassay.reading.notes import open_note, read_note

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Audit:
    """A judged document. `judgements` stand in the order of `claims`, one for each.

    refused: what a model that was asked to read said and the document does not hold. pages: of a PDF, the page of
    each line of `text`; else empty.
    """

    note: str
    sha256: str
    text: str
    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...]
    findings: tuple[Finding, ...]
    judgements: tuple[Judgement, ...]
    evidence: Evidence
    refused: tuple[Refused, ...] = ()
    pages: tuple[int, ...] = ()

    def page(self, line: int) -> int | None:
        """The page of a PDF on which a line of `text` stands; `None` for documents without pages."""
        return self.pages[line - 1] if 0 < line <= len(self.pages) else None

    @property
    def counts(self) -> dict[str, int]:
        """Verdict → how many claims have it; only verdicts that occur."""
        return dict(sorted(Counter(judgement.verdict for judgement in self.judgements).items()))

    @cached_property
    def _correction(self) -> tuple[str, tuple[Correction, ...]]:
        def judge(text: str) -> Sequence[tuple[Claim, Judgement]]:
            if text == self.text:
                return list(zip(self.claims, self.judgements, strict=True))
            again = _audit_text(text, self.note, self.sha256, self.evidence)
            return list(zip(again.claims, again.judgements, strict=True))

        return correct_text(self.text, judge, digits_only=self.form != "prose")

    @property
    def form(self) -> Form:
        """What kind of file the document is; its corrected copy is one of that kind."""
        return "pdf" if self.pages else form_of(self.text, self.note)

    @property
    def no_copy(self) -> str:
        """Why there is no corrected copy; empty where there is one."""
        if self.pages:
            return "a PDF can't be rewritten; correct its source"
        if not self.claims:
            return "no claim was read in it"
        body, corrections = self._correction
        if corrections and not still_parses(self.form, self.text, body):
            return f"a corrected copy would no longer be {self.form.upper()}"
        return ""

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What looks wrong and stays as it stands: doubted only, or not the writer's words to change."""
        return tuple(
            Doubt(line=claim.line, explanation=judgement.explanation)
            for claim, judgement in zip(self.claims, self.judgements, strict=True)
            if judged_wrong(judgement) and not may_change(claim, judgement)
        )

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What the corrected copy changes."""
        return self._correction[1]

    @property
    def corrected(self) -> str:
        """The document with its wrong spans corrected, a notice and footnotes; itself when nothing is wrong.

        A table file, JSON and a notebook have only their digits changed, or are left alone (`no_copy`), as a PDF is.
        """
        body, corrections = self._correction
        if self.form != "prose":
            return self.text if self.no_copy else body
        return add_notice(body, corrections, self.evidence.facts, self.doubts)

    @property
    def notice(self) -> str:
        """What heads the corrected copy, as Markdown; empty when nothing is wrong."""
        return write_notice(self.corrections, self.doubts) if self.corrections or self.doubts else ""

    def to_json(self) -> dict[str, object]:
        """The audit as plain data; scores in percent, everything else as in the document."""
        checks: dict[str, list[dict[str, str]]] = {}
        for finding in self.findings:
            row = {"check": finding.check, "message": finding.message}
            checks.setdefault(finding.claim, []).append(row)
        refused = [{**self._place(r.line), "said": r.said, "reason": r.reason} for r in self.refused]
        return {
            "note": self.note,
            "sha256": self.sha256,
            "counts": self.counts,
            "claims": [
                self._claim_json(claim, judgement, checks.get(claim.id, []))
                for claim, judgement in zip(self.claims, self.judgements, strict=True)
            ],
            "unread": [{**self._place(u.line), "quote": u.quote, "reason": u.reason} for u in self.unread],
            **({"refused": refused} if refused else {}),
            **({"no_copy": self.no_copy} if self.no_copy else {}),
        }

    def _place(self, line: int) -> dict[str, object]:
        page = self.page(line)
        return {"line": line} if page is None else {"page": page}

    def _claim_json(
        self, claim: Claim, judgement: Judgement, checks: list[dict[str, str]]
    ) -> dict[str, object]:
        return {
            "id": claim.id,
            **self._place(claim.line),
            "quote": claim.quote,
            "model": claim.model,
            "hub_id": claim.hub_id,
            "subject": claim.subject,
            "benchmark": claim.protocol.benchmark if claim.protocol is not None else None,
            "value": value_as_written(claim),
            "verdict": judgement.verdict,
            "owner": judgement.owner,
            "probability_wrong": judgement.probability_wrong,
            **({"gap": round(judgement.gap, 4)} if judgement.gap is not None else {}),
            "closest": _fact_json(self.evidence.facts.get(judgement.closest or ""), self.evidence),
            "checks": checks,
            "evidence": list(judgement.evidence),
            **({"own_evidence": own} if (own := self._own_facts(judgement)) else {}),
            "explanation": judgement.explanation,
            **({"read_by": claim.read_by} if claim.read_by else {}),
        }

    def _own_facts(self, judgement: Judgement) -> list[str]:
        """Which facts that a verdict rests on are the user's own."""
        found = (self.evidence.facts.get(name) for name in judgement.evidence)
        return [fact.id for fact in found if fact is not None and self.evidence.origin(fact) == "own"]


def _fact_json(fact: Fact | None, evidence: Evidence) -> dict[str, object] | None:
    if fact is None:
        return None
    number = rounding.of_fact(fact) if fact.subject == "score" else None
    return {
        "value": float(number.low) if number is not None else fact.written,
        "protocol": describe(fact.protocol),
        "source": fact.citation.title,
        "url": fact.citation.url,
        "locator": fact.citation.locator,
        **({"base": "own"} if evidence.origin(fact) == "own" else {}),
    }


def value_as_written(claim: Claim) -> float | None:
    """Scores and differences in percent (the lower end of a range); sizes as the number that is written."""
    if claim.value is None:
        return None
    if claim.subject == "params":
        found = _NUMBER.search(claim.written)
        return float(found[0]) if found else claim.value
    if claim.subject == "definition":
        return claim.value
    return round(claim.value * 100, 6)


SecondReader = Callable[[str, Reading, Vocabulary], tuple[Reading, tuple[Refused, ...]]]


def audit_note(
    path_or_text: Path | str, *, evidence: Evidence | None = None, second: SecondReader | None = None
) -> Audit:
    """Judge every claim of a Markdown note, model card, leaderboard or other document.

    A `Path`, or a string that names a file, is read; any other string is the text itself. second: reads on where
    our own reader stopped (reading/language_model.py). Raises MissingError or InputError (empty, or neither UTF-8 text nor a PDF that can be read).
    """
    evidence = evidence if evidence is not None else load_evidence()
    path = _as_path(path_or_text)
    if path is None:
        text = str(path_or_text)
        return _audit_text(text, "text", _sha256(text.encode("utf-8", errors="replace")), evidence, second)
    data = read_bytes(path)
    opened = open_note(data, path)
    if not opened.text.strip():
        raise InputError("the document is empty", path=path, hint="give a note with claims in it")
    audit = _audit_text(opened.text, str(path), _sha256(data), evidence, second)
    return replace(audit, pages=opened.pages)


def _as_path(path_or_text: Path | str) -> Path | None:
    """The file meant. A one-line string with a file's ending means a file even when there is none."""
    if isinstance(path_or_text, Path):
        return path_or_text
    if "\n" in path_or_text or len(path_or_text) > 1000:
        return None
    path = Path(path_or_text)
    looks_like_file = re.search(r"\.[A-Za-z]{1,5}$", path_or_text) is not None and " " not in path_or_text
    return path if path.is_file() or looks_like_file else None


def read_bytes(path: Path) -> bytes:
    """The bytes of a document. Raises MissingError or InputError with a remedy."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingError("no such document", path=path, hint="give the path of a note to audit") from error
    except IsADirectoryError as error:
        raise InputError("a folder, not a document", path=path, hint="name the files in it") from error
    except PermissionError as error:
        raise InputError("not readable", path=path, hint="check its permissions") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _audit_text(
    text: str, note: str, sha256: str, evidence: Evidence, second: SecondReader | None = None
) -> Audit:
    with _collector_off():
        return _read_and_judge(text, note, sha256, evidence, second)


@contextmanager
def _collector_off() -> Iterator[None]:
    """No search for cycles meanwhile: a long document makes objects by the hundred thousand and next to no cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_and_judge(
    text: str, note: str, sha256: str, evidence: Evidence, second: SecondReader | None
) -> Audit:
    vocabulary = Vocabulary.load(evidence)
    shown = blank_blocks(text)
    refused: tuple[Refused, ...] = ()
    reading = read_note(shown, vocabulary, evidence, path=note)
    if second is not None:
        reading, refused = second(shown, reading, vocabulary)
    judged = judge_document(text, reading.claims, reading.unread, evidence, note=note, sha256=sha256)
    return replace(judged, refused=refused)


def judge_document(
    text: str,
    claims: Sequence[Claim],
    unread: Sequence[Unread],
    evidence: Evidence,
    *,
    note: str = "text",
    sha256: str = "",
) -> Audit:
    """Judge claims that have been read already."""
    findings, judgements = judge_claims(Context(claims, evidence, text))
    return Audit(
        note=note,
        sha256=sha256,
        text=text,
        claims=tuple(claims),
        unread=tuple(unread),
        findings=findings,
        judgements=judgements,
        evidence=evidence,
    )
