"""What a right answer is, and how it is asked for."""
