"""Problems → completions."""
