"""Runs and result files → the files of other tools: one file per format."""
