"""Labelled documents: claims that a person judged, to hold the audit against.

A label names a line (`line`, or `at`: a part of it), a model, a subject, and where they matter the benchmark, the
value (percent; a size as written) and a part of the owner. Documents in held-out/ were labelled before the audit
had seen them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from modelassay.audit.auditor import Audit, value_as_written
from modelassay.core.published import Claim, Judgement

DOCUMENTS = Path(__file__).parents[1] / "audit" / "documents"
Label = dict[str, Any]


def labelled_document(label_file: Path) -> Path:
    """The document of a label file: x.csv for x.csv.labels.yaml, and x.md for x.labels.yaml."""
    path = label_file.with_name(label_file.name.removesuffix(".labels.yaml"))
    return path if path.is_file() else path.with_name(f"{path.name}.md")


def read_labels(document: Path, path: Path | None = None) -> list[Label]:
    """The labels of a document, each with its line number. Raises ValueError when `at` is not on one line."""
    lines = document.read_text("utf-8").splitlines()
    rows = yaml.safe_load((path or document.with_suffix(".labels.yaml")).read_text("utf-8"))
    labels: list[Label] = rows["claims"] if isinstance(rows, dict) else rows
    for label in labels:
        if "at" in label:
            found = [number for number, line in enumerate(lines, 1) if label["at"] in line]
            if len(found) != 1:
                raise ValueError(f"{document.name}: {label['at']!r} is on {len(found)} lines")
            label["line"] = found[0]
    return labels


def match_labels(audit: Audit, labels: list[Label]) -> Iterator[tuple[Label, Claim | None, Judgement | None]]:
    """Each label with the claim that was read for it, `None` when none was."""
    left = list(zip(audit.claims, audit.judgements, strict=True))
    for label in labels:
        found = next((pair for pair in left if _same(label, pair[0])), None)
        if found is not None:
            left.remove(found)
        yield (label, *(found or (None, None)))


def _same(label: Label, claim: Claim) -> bool:
    if claim.line != label["line"] or claim.subject != label["subject"]:
        return False
    if label.get("model") is not None and (claim.hub_id or "").lower() != label["model"].lower():
        return False
    benchmark = claim.protocol.benchmark if claim.protocol is not None else None
    if label.get("benchmark") is not None and benchmark not in (label["benchmark"], None):
        return False
    wanted, value = label.get("value"), value_as_written(claim)
    if not isinstance(wanted, int | float):
        return True
    return value is not None and abs(value - wanted) < 1e-6


def is_right(label: Label, judgement: Judgement) -> bool:
    """Whether the verdict, and the owner where the label names one, are the labelled ones."""
    owner = (judgement.owner or "").lower()
    return judgement.verdict == label["verdict"] and str(label.get("owner", "")).lower() in owner
