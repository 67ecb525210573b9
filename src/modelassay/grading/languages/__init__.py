"""Programs in other languages: the program in an answer, and the two programs that its tests become."""
