"""Timings → speed points."""
