"""Samples → grades. The only package that runs untrusted code, and only in `sandbox/`."""

from modelassay.grading.grader import Grader
from modelassay.grading.sandbox.limits import Limits

__all__ = ["Grader", "Limits"]
