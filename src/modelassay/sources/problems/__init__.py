"""Problem sets: published ones and custom ones, one reader per kind."""
