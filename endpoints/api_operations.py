"""One path and method of the service, as the guide for programs and the OpenAPI description tell it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.errors import Texts
    from publisher.representations import Representation


@dataclass(frozen=True, slots=True)
class Operation:
    """One path and method: what it is for, what it answers with, an example for curl.

    In `curl`, `{base}` is the address of the instance, `{siren}` a company and `{release}` a release that it publishes.
    """

    group: str
    path: str
    texts: Texts
    answers: tuple[Representation, ...]
    curl: str = ""
    parameters: tuple[str, ...] = ()
    method: str = "get"
    status: int = 200

    @property
    def path_parameters(self) -> list[str]:
        """The variables of the path."""
        return re.findall(r"\{(\w+)\}", self.path)


def reading(
    group: str, path: str, fr: str, en: str, answers: tuple[Representation, ...], curl: str, *parameters: str
) -> Operation:
    """Return an operation that reads."""
    return Operation(group, path, {"fr": fr, "en": en}, answers, f"curl {curl}", parameters)
