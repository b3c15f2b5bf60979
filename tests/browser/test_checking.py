"""What a steward shows colleagues who fill in a table: it is checked in the browser, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.visits import Visitor

pytestmark = pytest.mark.xdist_group("browser")

TABLE = """siren,nom,type,commune,epci,departement,region,source
{siren},Collectivité fictive d'exemple,commune,38185,,38,84,https://example.org/collectivite-fictive
"""


def test_a_steward_checks_a_table(desk: Visitor) -> None:
    """A bad table is dropped, its findings read, its annotated copy taken; once corrected it has no error."""
    page = desk.page

    def deposit(siren: str) -> None:
        page.get_by_label("Fichier CSV").set_input_files(
            {"name": "collectivites.csv", "mimeType": "text/csv", "buffer": TABLE.format(siren=siren).encode()}
        )
        page.get_by_role("button", name="Vérifier", exact=True).click()

    desk.see("/verifier")
    deposit("123456789")
    status = page.locator("#resultat ~ [role=status]")
    status.wait_for()
    assert "erreur" in status.inner_text()
    row = page.locator("table", has=page.locator("caption", has_text="Constats")).locator("tbody tr").first
    assert "123456789" in row.inner_text()
    assert desk.violations() == []
    with page.expect_download() as annotated:
        page.get_by_role("link", name="Télécharger la table").click()
    assert "123456789" in Path(annotated.value.path()).read_text(encoding="utf-8-sig")
    deposit("999000060")
    page.get_by_text("Aucune erreur").wait_for()
    assert desk.errors == []
    assert desk.strangers == []
