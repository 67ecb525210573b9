"""Other languages in which problems are: what people call them. Loads nothing, for those who start in a bare interpreter."""

LANGUAGE_NAMES = {"js": "JavaScript", "cpp": "C++", "java": "Java"}
