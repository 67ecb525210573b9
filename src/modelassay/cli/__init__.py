"""Verbs, arguments, exit codes. The only room that prints."""
