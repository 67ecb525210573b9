"""The evidence base: facts with their sources, models, vocabulary."""
