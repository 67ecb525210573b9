"""Find the program in an answer."""
