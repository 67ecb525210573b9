"""What words and numbers say: numbers, terms, names of models, who is spoken of."""
