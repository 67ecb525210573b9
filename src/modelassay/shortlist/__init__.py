"""Models, claims and needs → decisions with reasons."""
