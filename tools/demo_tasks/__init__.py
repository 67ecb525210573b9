"""A grammar of small programming tasks: text, signature and body, drawn at random, for training the demo models."""
