"""The grader over HTTP, for trainers: loopback or a unix socket unless told otherwise, with a token then."""
