"""Stores that hold a release for querying."""
