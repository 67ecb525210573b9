"""A study's jobs on the nodes of a Ray cluster, and their results in an object store."""
