"""Grades → estimates. Pure arithmetic; every formula's source is in docs/method.md."""

from modelassay.estimates.pass_at_k import pass_at_k

__all__ = ["pass_at_k"]
