"""Audit published scores of small open code models, and measure what best-of-n needs. The command is `assay`."""

__version__ = "0.1.0"
