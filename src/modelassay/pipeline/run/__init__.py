"""One job, resumable at every step: sampling, grading, rounds."""
