"""How our own tables were derived from their open sources: documented, rerunnable."""
