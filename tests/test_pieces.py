"""Files are cut where their content says so, and what was compressed apart is one gzip member."""

from __future__ import annotations

import gzip
import itertools
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import pieces
from publisher.errors import ReleaseError
from publisher.packing import Member, combined, pack, unpack
from publisher.pieces import SortedLines, cut
from tests.installs import find_program

LINES = [f'<http://e.fr/{n:05}> <http://e.fr/p> "{m}" .\n' for n in range(20_000) for m in range(2)]
TEXTS = st.lists(st.binary(max_size=40), max_size=6)


def write(path: Path, lines: list[str]) -> Path:
    """Write lines to a file."""
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_change_is_that_of_its_piece(tmp_path: Path) -> None:
    """Lines that change, come or go in one place leave all other pieces what they were; none holds half a subject."""
    before = cut(write(tmp_path / "avant.nt", LINES))
    assert len(before) > 10
    for changed in (
        [*LINES[:20_001], *LINES[20_003:]],
        [*LINES[:20_001], LINES[20_001].replace('"', '"autre '), *LINES[20_002:]],
    ):
        path = write(tmp_path / "apres.nt", changed)
        after = cut(path)
        assert len({each.digest for each in after} - {each.digest for each in before}) == 1
        with path.open("rb") as file:
            contents = [piece.read(file) for piece in after]
        assert b"".join(contents) == path.read_bytes()
        ends = [(text.split(b" ")[0], text.splitlines()[-1].split(b" ")[0]) for text in contents]
        assert not [1 for (_, last), (first, _) in itertools.pairwise(ends) if last == first]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of some 30 MB."""
    lines = [f'<http://e.fr/{n:05}> <http://e.fr/p> "{"é" * 2_000}" .\n' for n in range(8_000)]
    return write(tmp_path_factory.mktemp("grand") / "grand.nt", lines)


def held(path: Path) -> int:
    """Return how much of a file this process holds, in bytes."""
    said = Path("/proc/self/smaps").read_text(encoding="utf-8").partition(str(path))[2]
    return int(said.partition("Rss:")[2].split()[0]) << 10


def test_a_file_is_not_held_while_it_is_cut(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large a file is, few of its pages are held at once."""
    sizes: list[int] = []

    def note(content: bytes) -> str:
        sizes.append(held(large))
        return str(content.count(b"\n"))

    monkeypatch.setattr(pieces, "digest", note)
    monkeypatch.setattr(pieces, "_ONE_IN", 64)
    found = cut(large)
    assert sum(int(piece.digest) for piece in found) == 8_000
    assert max(sizes) < large.stat().st_size / 4


def test_a_file_is_not_held_while_lines_are_looked_up(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines are looked up, few of the file's pages are held at once."""
    monkeypatch.setattr(pieces, "_LOOKUPS", 2)
    lines = SortedLines(large)
    sizes = []
    for n in range(8_000):
        assert lines.place(f"<http://e.fr/{n:05}>".encode())[1] > 4_000
        if not n % 100:
            sizes.append(held(large))
    lines.close()
    assert max(sizes) < large.stat().st_size / 2


def test_an_empty_file_has_no_piece(tmp_path: Path) -> None:
    """Nothing is cut where nothing is, and nothing found."""
    path = write(tmp_path / "vide.nt", [])
    assert cut(path) == []
    lines = SortedLines(path)
    assert (lines.read(b"<"), lines.place(b"<")) == (b"", (0, 0))
    lines.close()


@given(beginnings=st.sets(st.text("ab#>é", min_size=1, max_size=4)), sought=st.text("ab#>é", max_size=3))
def test_lines_are_looked_up_by_how_they_begin(tmp_path: Path, beginnings: set[str], sought: str) -> None:
    """Whatever a sorted file holds, all lines that begin so are found, in order, and no other."""
    held = sorted(f"{each}\n".encode() for each in beginnings)
    (path := tmp_path / "lignes").write_bytes(b"".join(held))
    lines = SortedLines(path)
    assert lines.read(sought.encode()) == b"".join(line for line in held if line.startswith(sought.encode()))
    lines.close()


@given(texts=TEXTS)
def test_parts_make_one_member(tmp_path: Path, texts: list[bytes]) -> None:
    """Parts one after the other are one member that any reader of gzip takes, and each can be read alone."""
    packed = [pack(text) for text in texts]
    with (tmp_path / "x.gz").open("wb") as file:
        member = Member(file)
        for each in packed:
            member.add(*each)
        member.end()
    assert gzip.decompress((tmp_path / "x.gz").read_bytes()) == b"".join(texts)
    assert [unpack(*each) for each in packed] == texts


@given(first=st.binary(max_size=50), second=st.binary(max_size=300))
def test_sums_are_combined(first: bytes, second: bytes) -> None:
    """The sum of two texts one after the other is had from those of each."""
    assert combined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_a_damaged_part_is_refused() -> None:
    """What does not unpack to what was packed is refused."""
    part, packed = pack(b"a" * 100)
    for harmed in (packed[:-6], b"\xff" + packed[1:], pack(b"b" * 100)[1]):
        with pytest.raises(ReleaseError):
            unpack(part, harmed)


def test_gzip_itself_reads_a_member(tmp_path: Path) -> None:
    """The system's gzip finds a member of several parts whole."""
    with (tmp_path / "x.gz").open("wb") as file:
        member = Member(file)
        for text in (b"un\n", b"deux\n" * 1000):
            member.add(*pack(text))
        member.end()
    program = find_program("gzip", "gzip is missing: apt-get install gzip")
    checked = subprocess.run([program, "--test", "--verbose", "x.gz"], cwd=tmp_path, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
