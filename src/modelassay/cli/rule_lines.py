"""What `assay grade` says of programs' outputs that were judged under several rules."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelassay.pipeline.grade_summary import GradeSummary


def rule_lines(summary: "GradeSummary") -> "Iterator[str]":
    """The scores side by side, and how many programs the rules disagree on, by what; nothing for one rule."""
    if not summary.comparisons:
        return
    for k in summary.comparisons[0].pass_at_k:
        yield f"pass@{k}: " + "; ".join(
            f"{100 * score.pass_at_k[k].value:.1f}% under {score.comparison}" for score in summary.comparisons
        )
    found = summary.disagreement
    if found is None or not found.samples:
        yield "the rules agree on every program"
        return
    ordered = sorted(found.reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    if len(ordered) == 1:
        said = f"all by {ordered[0][0]}"
    else:
        said = ", ".join(f"{count} by {reason}" for reason, count in ordered)
    yield f"{found.samples} samples differ: {said}"
