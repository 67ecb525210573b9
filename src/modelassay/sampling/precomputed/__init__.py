"""Samples that others wrote down: one file per format."""
