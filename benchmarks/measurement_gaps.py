"""How far apart honest measurements lie, and how well that holds for a source that was not looked at.

    python benchmarks/measurement_gaps.py

Prints the fitted shapes, then the coverage: every source document in turn is left out, the shapes are fitted on the
rest, and the gaps between its numbers and the rest's are held against the bands. Of all gaps in which a left-out source
takes part, 50, 90 and 99.5 % should lie within.
"""

from collections import Counter

from modelassay.evidence.base import load_evidence
from modelassay.evidence.measurement_gaps import collect_gaps, fit_gaps

SHARES = (0.5, 0.9, 0.995)


def main() -> None:
    gaps = collect_gaps(load_evidence())
    for (family, circumstance), shape in sorted(fit_gaps(gaps).shapes.items(), key=str):
        reaches = " ".join(f"{shape.reach(share):6.1f}" for share in SHARES)
        print(
            f"{family or 'all':10} {circumstance or 'anything':14} {shape.gaps:4} pairs {shape.models:3} models {reaches}"
        )
    within: Counter[tuple[str, float]] = Counter()
    total: Counter[str] = Counter()
    for source in sorted({name for gap in gaps for name in gap.sources}):
        model = fit_gaps([gap for gap in gaps if source not in gap.sources])
        for gap in (gap for gap in gaps if source in gap.sources):
            kind = "own" if gap.circumstance in ("own", "quantised") else "published"
            shape = model.shape(gap.benchmark, gap.circumstance)
            total[kind] += 1
            for share in SHARES:
                within[kind, share] += gap.points <= shape.reach(share)
    for kind, count in total.items():
        shares = ", ".join(f"{100 * within[kind, s] / count:.1f} % within {100 * s:g} %" for s in SHARES)
        print(f"left out in turn, {kind}: {count} gaps, {shares}")


if __name__ == "__main__":
    main()
