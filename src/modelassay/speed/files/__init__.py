"""Speeds in the files of other tools, read as claims with their place, and written: one file per tool."""
