"""What a model must have. Apart from the rules themselves: a study file is read without what judges published scores."""

from typing import Literal

import msgspec

from modelassay.core.published import Kind
from modelassay.core.records import Record
from modelassay.evidence.model_files import LicenceClass

RuleName = Literal["exists", "size", "kind", "licence", "score", "baseline"]


class Needs(Record):
    """What a model must have: the [shortlist] table of a study. Empty needs keep every model that exists.

    min_params, max_params: parameters, inclusive (3.5e9 lets in models called 3B).
    min_scores: benchmark → least pass@1 in [0, 1] that some reliable source must print.
    baseline: hub id that must not beat the model on `benchmarks`, by more than `margin` (a share), under
        comparable protocols.
    must_know: rules whose answer has to be known; elsewhere unknown does not refuse.
    """

    min_params: float | None = None
    max_params: float | None = None
    kind: Kind | None = None
    licence_classes: tuple[LicenceClass, ...] = ()
    benchmarks: tuple[str, ...] = ("humaneval", "mbpp")
    min_scores: dict[str, float] = msgspec.field(default_factory=dict)
    baseline: str | None = None
    margin: float = 0.0
    must_know: tuple[RuleName, ...] = ()
