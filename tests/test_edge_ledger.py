"""What a web process writes and counts of the requests that it has answered."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from endpoints import journal
from endpoints.edge_ledger import Ledger, lines_of
from endpoints.journal import Journal, JsonLines
from endpoints.tallies import Tally, Totals

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from endpoints.edge_ledger import Record

HEADERS = [("content-type", "text/csv; charset=utf-8"), ("annuaire-release", "essai-1")]


def _record(path: str = "/doc/x", method: str = "GET", status: int = 200) -> Record:
    return (1.0, 0.25, "abc-1", method, path, status, 3, HEADERS, False)


def _written(tmp_path: Path, *records: Record) -> list[bytes]:
    path = tmp_path / "journal"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        ledger = Ledger(Tally(tmp_path), Journal(descriptor))
        for record in records:
            ledger.note(record)
        ledger.close()
    finally:
        os.close(descriptor)
    return path.read_bytes().splitlines(keepends=True)


def test_a_request_is_one_line(tmp_path: Path) -> None:
    """A line is an object with the request's facts, under the names that the documentation gives."""
    (line,) = _written(tmp_path, _record())
    said = json.loads(line)
    assert said.pop("time").endswith("Z")
    assert said == {
        "event": "request", "request_id": "abc-1", "method": "GET", "path": "/doc/x", "status": 200, "bytes": 3,
        "milliseconds": 250.0, "representation": "text/csv", "release": "essai-1",
    }  # fmt: skip


@given(path=st.text(max_size=600), method=st.text(max_size=60))
def test_whatever_is_asked_a_line_is_a_line(path: str, method: str) -> None:
    """No path and no method breaks a line, or makes it longer than a pipe takes whole."""
    (line,) = lines_of([_record(path, method)])
    assert line.endswith("\n")
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert len(line) <= 4_096
    assert json.loads(line)["request_id"] == "abc-1"


def test_lines_that_nobody_takes_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full pipe holds nothing up: what finds no room is counted as lost, the rest comes whole once it is read."""
    monkeypatch.setattr(journal, "_MOST_HELD", 100_000)
    reader, writer = os.pipe()
    tally = Tally(tmp_path)
    ledger = Ledger(tally, Journal(writer))
    for _ in range(2_000):
        ledger.note(_record())
        ledger.work()
    totals = Totals(tmp_path)
    totals.read()
    lost = totals.figure("lost_lines")
    assert lost > 0
    read = b""
    while len(read.splitlines()) < 2_000 - lost:
        read += os.read(reader, 65_536)
        ledger.work()
    assert all(json.loads(line) for line in read.splitlines())
    os.close(reader)
    os.close(writer)


def test_a_full_pipe_holds_no_process_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `logging` gets when nobody reads waits for a reader; who logs goes on, and no line is broken."""
    monkeypatch.setattr(journal, "_PATIENCE", 0.0)
    reader, writer = os.pipe()
    handler = journal.JournalHandler()
    monkeypatch.setattr(handler, "_journal", Journal(writer))
    for number in range(3_000):
        handler.emit(
            logging.LogRecord("x", logging.INFO, "f", 1, f"{number} é\ud800 {'x' * (number % 7_000)}", (), None)
        )
    os.set_blocking(reader, False)
    read = b""
    for number in range(3_000, 3_400):
        while True:
            try:
                read += os.read(reader, 65_536)
            except BlockingIOError:
                break
        handler.emit(logging.LogRecord("x", logging.INFO, "f", 1, f"{number} ", (), None))
    told = [
        int(json.loads(line)["message"].split()[0]) for line in read.splitlines(keepends=True) if line.endswith(b"\n")
    ]
    assert told == list(range(len(told)))
    assert len(told) > 1_000
    os.close(reader)
    os.close(writer)


def test_totals_add_up_and_outlive_a_process(tmp_path: Path) -> None:
    """Counts of all processes are added; those of one that has ended stay, its gauge does not."""
    tallies = tmp_path / "tallies"
    tally = Tally(tmp_path)
    tally.requests("document", 200, 5, 50)
    tally.under_way(2)
    dead = (tallies / str(os.getpid())).read_bytes()
    (tallies / "1").write_bytes(dead)  # nobody holds a lock on this one
    totals = Totals(tmp_path)
    for _ in range(2):
        totals.read()
        assert list(totals.requests()) == [("document", 200, 10.0)]
        assert (totals.figure("bytes"), totals.figure("under_way"), totals.pids) == (100.0, 2.0, [os.getpid()])
    assert not (tallies / "1").exists()


def test_an_error_is_one_line_with_its_traceback() -> None:
    """What `logging` gets is one line of JSON, whatever it holds; an exception is a field."""
    try:
        raise ValueError("deux\nlignes")  # noqa: TRY301 - it is logged here
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "un %s", ("mot",), (ValueError, error, error.__traceback__)
        )
    line = JsonLines().format(record)
    said = json.loads(line)
    assert "\n" not in line
    assert (said["level"], said["message"]) == ("error", "un mot")
    assert said["traceback"].endswith("ValueError: deux\nlignes")
