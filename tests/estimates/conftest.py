"""Property tests here are about values; how long one example takes depends on the machine's other work."""

from hypothesis import settings

settings.register_profile("values", deadline=None, max_examples=60)
settings.load_profile("values")
