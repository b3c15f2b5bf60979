"""From tables to a validated, immutable release: read, check, link, convert, validate, release, load."""
