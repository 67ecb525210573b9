"""Records → Markdown and HTML. Computes nothing."""
