"""Completions → grades. The only room that runs strangers' code, and only in `sandbox.py`."""

from modelassay.grading.grader import Grader
from modelassay.grading.sandbox.limits import Limits

__all__ = ["Grader", "Limits"]
