"""The release now served, as the edge asks for it at every request: one readlink."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from endpoints.serving import SERVED
from publisher.errors import ReleaseError

if TYPE_CHECKING:
    from endpoints.serving import OpenRelease, Serving


class Served:
    """Follows the link to the release served."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._link = os.fspath(serving.runtime / SERVED)
        self._target = ""
        self._release: OpenRelease | None = None

    def release(self) -> OpenRelease:
        """Return the release that the link names now.

        Raises:
            ReleaseError: no release is served, or it cannot be read.
        """
        try:
            target = os.readlink(self._link)  # noqa: PTH115 - at every request, where pathlib takes ten times as long
        except OSError:
            target = ""
        if self._release is None or target != self._target:
            self._release, self._target = self._serving.release(), target
        return self._release

    def find(self) -> OpenRelease | None:
        """Return the release served, or None."""
        try:
            return self.release()
        except ReleaseError:
            return None
