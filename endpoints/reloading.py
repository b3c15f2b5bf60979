"""The settings read again while the service runs (SIGHUP): taken whole, or refused aloud with those before in force."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

from publisher.errors import AnnuaireError, ProjectError
from publisher.project import SETTINGS_FILE, load_project

if TYPE_CHECKING:
    from endpoints.supervision import Service
    from publisher.project import Project

_log = logging.getLogger(__name__)

_PUBLISHED = {
    "licence": "licence",
    "title": "titre",
    "description": "description",
    "publisher_name": "editeur.nom",
    "publisher_url": "editeur.url",
    "publisher_type": "editeur.type",
    "contact_email": "contact.courriel",
    "contact_url": "contact.url",
}
"""Settings that pages follow at once, but published data only from the next release on."""


class Settings:
    """The settings in force."""

    def __init__(self, project: Project, service: Service) -> None:
        self.project, self._service = project, service

    def reread(self) -> None:
        """Read the settings file again and serve by it; say in the log what came of it."""
        try:
            found = load_project(self.project.directory)
            if found.base_uri != self.project.base_uri:
                raise _other_base(found)
            self._service.reload(found)
        except AnnuaireError as error:
            facts = {"outcome": "refused", "texts": error.texts}
            _log.error("settings refused, those before stay: %s", error, extra={"event": "reload", "facts": facts})
            return
        facts = {"outcome": "accepted", "publish": _to_publish(self.project, found)}
        self.project = found
        _log.info("settings accepted", extra={"event": "reload", "facts": facts})


def _to_publish(before: Project, after: Project) -> list[str]:
    """Return the settings that have changed and that published data follow from the next release on."""
    changed = {
        each.name for each in dataclasses.fields(after) if getattr(before, each.name) != getattr(after, each.name)
    }
    return [key for name, key in _PUBLISHED.items() if name in changed]


def _other_base(found: Project) -> ProjectError:
    return ProjectError(
        "change toutes les adresses publiées : publier, puis relancer le service",
        "changes every published address: publish, then start the service anew",
        path=found.directory / SETTINGS_FILE,
        key="base_uri",
    )
