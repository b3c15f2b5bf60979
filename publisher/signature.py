"""Who publishes and why, as whoever publishes may say it: an organisation or a role, never a person."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.errors import UsageError

LONGEST = 300
"""Characters of a name or a reason."""


@dataclass(frozen=True, slots=True)
class Signature:
    """An organisation or a role, and a reason; both may be left unsaid. Both are published, for good.

    Raises:
        UsageError: one is no text of one line, is too long, or holds an e-mail address.
    """

    by: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be published."""
        for option, text in (("--par", self.by), ("--motif", self.reason)):
            if text is None:
                continue
            if not text.strip() or not text.isprintable() or len(text) > LONGEST:
                raise UsageError(
                    f"{option} : un texte d'une ligne, de 1 à {LONGEST} caractères",
                    f"{option}: a text of one line, 1 to {LONGEST} characters",
                )
            if "@" in text:
                raise UsageError(
                    f"{option} : pas d'adresse électronique, ce texte est publié ; nommer un organisme ou un rôle",
                    f"{option}: no e-mail address, this text is published; name an organisation or a role",
                )
