"""`assay init`: from a note, names, a search or a server to a study file."""
