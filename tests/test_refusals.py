"""What the system and the parsers say, in the words of whoever reads it."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import tomllib
from typing import TYPE_CHECKING

import pyoxigraph
import pytest

from publisher.refusals import explain_refusal, refusal_reason, unreadable_reason

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EISDIR, errno.EMFILE])
def test_what_the_system_refuses_is_told_in_french(number: int, tmp_path: Path) -> None:
    """The reason is in French and in English, with the file, and without numbers."""
    error = OSError(number, os.strerror(number), str(tmp_path))
    said = explain_refusal(error)
    assert said["fr"].startswith(f"{tmp_path} : ")
    assert said["fr"].partition(" : ")[2] != said["en"].partition(": ")[2]
    assert not re.search(r"Errno|\[", said["fr"].removeprefix(str(tmp_path)))


def test_of_two_files_the_one_written_is_named() -> None:
    """A move that fails names the place that it was to lead to."""
    assert explain_refusal(OSError(errno.EXDEV, "", "a", None, "b"))["en"] == "b: on another device"


def test_what_has_no_words_of_ours_keeps_its_own() -> None:
    """An error that nobody foresaw is told as it came, and a host without address as such."""
    assert refusal_reason(OSError("imprévu")) == {"fr": "imprévu", "en": "imprévu"}
    assert refusal_reason(socket.gaierror(-2, "Name or service not known"))["fr"] == "nom d'hôte inconnu"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb c\n", "ligne 2, colonne 3"),
        ('{"a": 1,\n }', "ligne 2, colonne 2"),
        ("<a:> <b:> <c:> .\nx y", "ligne 2, colonne 1"),
    ],
)
def test_an_error_of_syntax_is_located(text: str, place: str) -> None:
    """TOML, JSON and Turtle that break off are told by line and column, first in French."""
    reader = {"a": tomllib.loads, "{": json.loads}.get(text[0], _read_turtle)
    with pytest.raises((SyntaxError, ValueError)) as caught:
        reader(text)
    assert unreadable_reason(caught.value)["fr"].startswith(f"erreur d'écriture à la {place} (")


def test_another_encoding_is_told() -> None:
    """A file that is not UTF-8 is told so."""
    with pytest.raises(UnicodeDecodeError) as caught:
        b"\xff".decode()
    assert "UTF-8" in unreadable_reason(caught.value)["fr"]
    assert unreadable_reason(ValueError("x")) == {"fr": "x", "en": "x"}


def _read_turtle(text: str) -> None:
    list(pyoxigraph.parse(input=text, format=pyoxigraph.RdfFormat.TURTLE))
