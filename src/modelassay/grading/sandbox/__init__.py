"""The place untrusted code runs in, its limits, and how its processes start and end."""
