"""The audit on documents that other people wrote: whom it accuses, what it reads, and what planted errors it finds.

    python benchmarks/audit_field.py lay-out FOLDER [--mirrors DIR]     the documents of field_documents.tsv, from git
    python benchmarks/audit_field.py run FOLDER [--half seen|held|fresh|latest|newest|further|unseen|later|last|recent|final|looked|once]
        [--plants N] [--show]

lay-out fetches each document at its commit (from a clone under DIR/<owner>+<name>/repo where there is one, else over
the network) and writes it under FOLDER; nothing of them is kept in the project. run prints

- every accusation (contradicted, misattributed, no-such-model) with the label a person gave it (field_labels.yaml), and
  the share that is right; an accusation nobody has labelled counts as wrong;
- for documents whose scores are listed in the labels, how many are read, how many of those are given to the right model,
  and how many of what is read is listed;
- of errors of eight kinds, planted one at a time into lines whose number was confirmed before, how many are found: the
  claim on that line, or any claim there, becomes an accusation. Kinds: digits swapped, twelve points more, another
  size's number, the base or instruct sibling's, the plus or base benchmark's, a row's neighbour's, a fraction printed as
  percent, a size that was never released. They are counted apart where the evidence can prove the error (`_can_be_proved`)
  and where nobody could: twelve points more in a maker's own document are within what honest measurements do.
"""

import argparse
import random
import re
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from field_scores import compare, labels_of

from modelassay.audit.auditor import Audit, audit_note, value_as_written
from modelassay.audit.context import Context
from modelassay.audit.related_models import relate
from modelassay.audit.remarks import judged_wrong
from modelassay.audit.written_by import is_own, is_quantised
from modelassay.core.published import Claim, Judgement
from modelassay.evidence.base import Evidence, load_evidence
from modelassay.evidence.names import parse_name
from modelassay.evidence.vocabulary import Vocabulary

HERE = Path(__file__).parent
SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)[ -]?[bB](?![a-zA-Z])")
RE_RUN = 1.3  # points: two runs of one harness may differ by two problems of 164
HALVES = (
    "seen",
    "held",
    "fresh",
    "latest",
    "newest",
    "further",
    "unseen",
    "later",
    "last",
    "recent",
    "final",
    "looked",
    "once",
)
KINDS = ("swapped", "inflated", "size", "sibling", "benchmark", "row", "fraction", "never-released")


@dataclass(frozen=True)
class Document:
    """One line of field_documents.tsv."""

    repository: str
    commit: str
    path: str
    half: str

    @property
    def name(self) -> str:
        """A file name of its own, with the ending of the original."""
        return f"{self.repository}/{self.path}".replace("/", "__")


def documents(half: str | None = None) -> list[Document]:
    """The list of origins, or one half of it."""
    lines = (HERE / "field_documents.tsv").read_text("utf-8").splitlines()
    rows = [Document(*line.split("\t")) for line in lines if line.strip() and not line.startswith("#")]
    return [row for row in rows if half in (None, row.half)]


def lay_out(folder: Path, mirrors: Path | None) -> None:
    """Write every document under `folder`; say which could not be had."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in documents():
        target = folder / one.name
        if target.exists():
            continue
        if one.commit == "issue":
            print(f"to be copied by hand: https://github.com/{one.repository}/{one.path} as {target.name}")
            continue
        data = _from_mirror(one, mirrors) or _from_network(one)
        if data is None:
            print(f"not to be had: {one.repository} {one.path}")
        else:
            target.write_bytes(data)


def _from_mirror(one: Document, mirrors: Path | None) -> bytes | None:
    folder = None if mirrors is None else mirrors / one.repository.replace("/", "+") / "repo"
    if folder is None or not folder.is_dir():
        return None
    shown = subprocess.run(
        ["git", "-C", str(folder), "show", f"{one.commit}:{one.path}"], capture_output=True, check=False
    )
    return shown.stdout if shown.returncode == 0 else None


def _from_network(one: Document) -> bytes | None:
    url = f"https://raw.githubusercontent.com/{one.repository}/{one.commit}/{one.path}"
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bytes(answer.read())
    except OSError:
        return None


def accusations(audit: Audit) -> Iterator[tuple[Claim, Judgement]]:
    """Claims that the audit calls wrong."""
    return ((c, j) for c, j in zip(audit.claims, audit.judgements, strict=True) if judged_wrong(j))


def run(folder: Path, half: str | None, plants: int, show: bool) -> None:
    """Print all figures over the documents that are there."""
    evidence = load_evidence()
    labels = yaml.safe_load((HERE / "field_labels.yaml").read_text("utf-8")) or {}
    total: Counter[str] = Counter()
    found: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for one in documents(half):
        path = folder / one.name
        if not path.is_file():
            continue
        audit = audit_note(path, evidence=evidence)
        total["documents"] += 1
        total["scores"] += sum(claim.subject == "score" for claim in audit.claims)
        total["confirmed"] += audit.counts.get("confirmed", 0)
        label = labels.get(one.name, {})
        _count_accusations(audit, one, label, total, show)
        _count_reading(audit, one, label, total, show)
        if plants:
            _plant(audit, path, evidence, (plants, show), planted, found)
    _report(total, planted, found)


def _count_accusations(
    audit: Audit, one: Document, label: dict[str, Any], total: Counter[str], show: bool
) -> None:
    right = [tuple(row) for row in label.get("right", ())]
    for claim, judgement in accusations(audit):
        key = (claim.line, claim.subject, value_as_written(claim))
        total["accusations"] += 1
        total["accusations right"] += key in right
        if show:
            mark = "right" if key in right else "     "
            print(
                f"{mark} {one.name}:{claim.line} [{claim.subject} {key[2]}] {judgement.check}: {judgement.explanation}"
            )


def _count_reading(
    audit: Audit, one: Document, label: dict[str, Any], total: Counter[str], show: bool
) -> None:
    """Documents whose scores a person listed: what is read, of whom, and what is invented."""
    if "scores" not in label:
        return
    total["documents with labelled scores"] += 1
    for wrong in compare(labels_of(label), audit.claims, total):
        if show:
            print(f"{one.name}:{wrong}")


def _plant(
    audit: Audit,
    path: Path,
    evidence: Evidence,
    asked: tuple[int, bool],
    planted: Counter[str],
    found: Counter[str],
) -> None:
    """Up to `plants` errors of every kind, one at a time, each in a document that is whole otherwise."""
    plants, show = asked
    rng = random.Random(path.name)
    right = [
        claim
        for claim, judgement in zip(audit.claims, audit.judgements, strict=True)
        if claim.subject == "score"
        and judgement.verdict == "confirmed"
        and re.fullmatch(r"\d\d\.\d+%?", claim.written)
    ]
    lines = audit.text.splitlines(keepends=True)
    context = Context(audit.claims, evidence, audit.text)
    for kind in KINDS:
        chosen = rng.sample(right, len(right))
        done = 0
        for claim in chosen:
            changed = _change(kind, claim, right, evidence, rng)
            was, now = changed if changed is not None else ("", "")
            if not was or lines[claim.line - 1].count(was) != 1:
                continue
            text = [*lines[: claim.line - 1], lines[claim.line - 1].replace(was, now), *lines[claim.line :]]
            provable = _can_be_proved(kind, claim, now, context)
            group = kind if provable else f"{kind}, not provable"
            planted[group] += 1
            hit = _is_found(path, "".join(text), claim, audit, evidence)
            found[group] += hit
            if show and not hit:
                print(f"not found: {group} in {path.name}:{claim.line}, {claim.model}: {was} → {now}")
            done += 1
            if done == plants:
                break


def _change(
    kind: str, claim: Claim, right: list[Claim], evidence: Evidence, rng: random.Random
) -> tuple[str, str] | None:
    """What to replace, and by what; `None` where the kind cannot be planted here."""
    assert claim.protocol is not None  # scores have one
    number = claim.written.rstrip("%")
    if kind == "never-released":
        size = SIZE.search(claim.model)
        return (size[0], f"{9.5 if size[1] != '9.5' else 11.5}B") if size is not None else None
    if kind == "swapped":
        return (number, number[1] + number[0] + number[2:]) if number[0] != number[1] else None
    if kind == "inflated":
        return number, f"{float(number) + 12:.{len(number.partition('.')[2])}f}"
    if kind == "fraction":
        return claim.written, f"{float(number) / 100:.4g}%"
    other = _other_number(kind, claim, right, evidence, rng)
    return None if other is None or other == number else (number, other)


def _can_be_proved(kind: str, claim: Claim, now: str, context: Context) -> bool:
    """Whether the evidence shows the error: arithmetic, a complete list of releases, the source that the rest of the
    table repeats, or the number's owner. Never for what the writer or the model's maker measured, for quantised weights
    and for a number as near to the true one as two runs of one harness."""
    if kind == "fraction":
        return True
    if kind == "never-released":
        name = SIZE.sub(now, claim.model, count=1)
        return Vocabulary.load(context.evidence).release_list(name) is not None
    sources = context.reliable_scores(claim)
    values = [fact.value * 100 for fact in sources if fact.value is not None]
    apart = min((abs(float(now) - value) for value in values), default=0.0)
    if is_own(claim, context) or is_quantised(claim) or apart <= RE_RUN:
        return False
    if kind == "sibling" and parse_name(claim.model).kind is None:
        return False  # a bare name may mean either
    if _repeats_a_source(claim, context):
        return True
    return kind in ("size", "sibling", "benchmark", "row") and not now.endswith(".0")


def _repeats_a_source(claim: Claim, context: Context) -> bool:
    """Whether the numbers of the column and the row beside a claim are, four or more of them, those of one document
    that has the claim's number, too, and hardly any is not."""
    beside = [
        one
        for group in context.claimed_by_model.values()
        for one in group
        if one.protocol is not None and claim.protocol is not None and context.reliable_scores(one)
        if (one.hub_id == claim.hub_id) != (one.protocol.benchmark == claim.protocol.benchmark)
    ]
    for document in {fact.citation.document for fact in context.agreeing(claim)}:
        known = [
            one for one in beside if document in {f.citation.document for f in context.reliable_scores(one)}
        ]
        same = [one for one in known if document in {f.citation.document for f in context.agreeing(one)}]
        rows = {one.hub_id == claim.hub_id for one in same}
        enough = len(same) >= 4 if len(rows) == 2 else rows == {False} and len(same) >= 5
        if enough and len(same) >= 6 * (len(known) - len(same)):
            return True
    return False


def _other_number(
    kind: str, claim: Claim, right: list[Claim], evidence: Evidence, rng: random.Random
) -> str | None:
    """Another model's or benchmark's number, with its decimals, from the evidence or from the same document."""
    assert claim.protocol is not None
    benchmark = claim.protocol.benchmark
    if kind == "row":
        others = [
            c.written.rstrip("%") for c in right if c.hub_id != claim.hub_id and c.protocol == claim.protocol
        ]
        return rng.choice(sorted(set(others))) if others else None
    if kind == "benchmark":
        twin = benchmark.removesuffix("+") if benchmark.endswith("+") else f"{benchmark}+"
        facts = evidence.scores(claim.hub_id or "", twin)
    else:
        wanted = ("size",) if kind == "size" else ("kind",)
        related = [
            m
            for m in evidence.models
            if (k := relate(claim.hub_id or "", m, evidence)) and k.differences == wanted
        ]
        facts = tuple(f for model in related for f in evidence.scores(model, benchmark))
    written = sorted({f.written for f in facts if re.fullmatch(r"\d\d\.\d+", f.written)})
    return rng.choice(written) if written else None


def _is_found(path: Path, text: str, claim: Claim, before: Audit, evidence: Evidence) -> bool:
    """Whether an accusation stands on the line that was changed, and none stood there before for that number."""
    changed = path.with_name(f"planted-{path.name}")
    changed.write_text(text, "utf-8")
    old = {(c.model, c.written) for c, _ in accusations(before) if c.line == claim.line}
    new = audit_note(changed, evidence=evidence)
    changed.unlink()
    return any(c.line == claim.line and (c.model, c.written) not in old for c, _ in accusations(new))


def _report(total: Counter[str], planted: Counter[str], found: Counter[str]) -> None:
    print(
        f"{total['documents']} documents, {total['scores']} scores read, {total['confirmed']} claims confirmed"
    )
    print(_share("accusations right", total["accusations right"], total["accusations"]))
    if total["labelled"]:
        print(f"{total['documents with labelled scores']} documents with labelled scores:")
        print(_share("scores read", total["labelled and read"], total["labelled"]))
        print(_share("model right", total["model right"], total["labelled and read"]))
        print(_share("precision", total["read and labelled"], total["read"]))
    for behind, what in (("", "provable"), (", not provable", "not provable")):
        groups = [kind + behind for kind in KINDS if planted[kind + behind]]
        for group in groups:
            print(_share(f"planted, {group}", found[group], planted[group]))
        if groups:
            some, every = (sum(counts[group] for group in groups) for counts in (found, planted))
            print(_share(f"planted, all that are {what}", some, every))
    if planted:
        print(_share("planted, all", found.total(), planted.total()))


def _share(what: str, part: int, whole: int) -> str:
    return f"{what}: {part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("lay-out", "run"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mirrors", type=Path, help="clones, as DIR/<owner>+<name>/repo")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--plants", type=int, default=0, help="errors of each kind in each document")
    parser.add_argument("--show", action="store_true", help="print every accusation")
    given = parser.parse_args()
    if given.what == "lay-out":
        lay_out(given.folder, given.mirrors)
    else:
        run(given.folder, given.half, given.plants, given.show)


if __name__ == "__main__":
    main()
