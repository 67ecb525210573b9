"""`assay speed`: from a model to stored measurements, with the state of the machine and its energy."""
