"""Choose a small open code model on evidence: audit published scores, measure pass@k and speed, report."""
