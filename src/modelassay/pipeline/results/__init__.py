"""From runs to the report's content: comparisons, published scores, best of n, pages."""
