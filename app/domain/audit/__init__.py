"""Audit: the journal read as the history of a thing."""
