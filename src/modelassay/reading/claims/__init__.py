"""One reader per kind of claim, and the draft that they file into."""
