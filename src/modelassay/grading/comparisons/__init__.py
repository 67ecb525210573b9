"""When two values are equal."""
