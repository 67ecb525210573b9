"""What every package shares: records, store, errors. Imports no other package."""
