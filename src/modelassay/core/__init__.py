"""The shared floor: records, store, errors. Imports no other room."""
