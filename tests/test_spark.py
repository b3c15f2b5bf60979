"""Apache Spark runs the plan of a conversion as DuckDB does, line for line."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from endpoints.cli import main
from publisher.assembly import write_graph
from publisher.csvw import load_mappings
from publisher.errors import EngineError
from publisher.intake import connect, link_tables, read_tables
from publisher.project import ENGINES, SPARK
from tests.installs import find_program, missing
from tests.projects.small import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from tests.projects.small import SmallProject

_SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}
_NAMES = [
    "Fictive « À & Ç » ~*+%",
    'Fictive "entre guillemets" \\n',
    "Fictive 日本 😀 + 100 %",
    "Fictive $1 {x} 'a' `b` --",
]
_OTHER_NAMES = "Un | deux\u00a0|  | d'eux \\Q+\\E|tr*is"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Return the module that drives Spark, which runs on two threads of this machine and ends with the tests."""
    find_program("java", "Java is missing: apt-get install default-jre-headless")
    try:
        import pyspark  # noqa: PLC0415 - an extra

        import publisher.spark  # noqa: PLC0415 - same
    except ImportError:
        missing("pyspark is missing: make spark")
    place = tmp_path_factory.mktemp("spark")
    (place / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in _SETTINGS.items()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(place))
        patch.setenv("SPARK_LOCAL_DIRS", str(place))
        yield publisher.spark
    if (context := pyspark.SparkContext._active_spark_context) and (gateway := pyspark.SparkContext._gateway):
        context.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(30)
        pyspark.SparkContext._gateway = pyspark.SparkContext._jvm = None


@pytest.fixture
def names(tmp_path: Path) -> SmallProject:
    """Return a project whose companies bear names that two engines might write, or encode, each in its own way."""
    project = assemble(tmp_path / "projet")
    project.keep("data/entreprises.csv")
    rows = project.rows()
    for row, name in zip(rows, _NAMES, strict=False):
        row["nom"] = name
    rows[0]["autres_noms"] = _OTHER_NAMES
    project.write_rows(rows)
    return project


def _graph(project: SmallProject, engine: str, workspace: Path) -> tuple[int, bytes]:
    workspace.mkdir()
    with connect(workspace) as connection:
        intake, _ = read_tables(connection, project.project, load_mappings(project.project), workspace)
        link_tables(intake, project.project)
        path = workspace / "graphe.nt"
        size = write_graph(connection, replace(project.project, engine=engine), intake.mappings, path)
        assert [each.name for each in workspace.iterdir() if "spark" in each.name] == []
        return size, path.read_bytes()


@pytest.mark.long
@pytest.mark.xdist_group("spark")
def test_both_engines_give_the_same_lines(spark: ModuleType, names: SmallProject, tmp_path: Path) -> None:
    """Names with quotes, backslashes, signs that addresses escape, and several in a cell give the same file."""
    assert spark
    here, there = (_graph(names, engine, tmp_path / engine) for engine in ENGINES)
    assert here == there
    assert here[0] > 500
    assert b"tr*is" in here[1]


@pytest.mark.xdist_group("spark")
def test_what_spark_refuses_is_told(spark: ModuleType, tmp_path: Path) -> None:
    """A plan that fails in Spark is refused in one line, and leaves no file."""
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS line")
        with pytest.raises(EngineError, match=r"Spark refuse le plan : .*CAST_INVALID_INPUT") as refused:
            spark.run_on_spark(connection, ["SELECT CAST(line AS INTEGER) AS line FROM t"], tmp_path / "graphe.nt")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob(".graphe*"))


@pytest.mark.xdist_group("spark")
def test_a_function_without_a_known_equal_is_refused(spark: ModuleType, tmp_path: Path) -> None:
    """A function that the two engines may understand differently is not sent to Spark."""
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS line")
        with pytest.raises(EngineError, match="nfc_normalize"):
            spark.run_on_spark(connection, ["SELECT nfc_normalize(line) AS line FROM t"], tmp_path / "graphe.nt")


def test_without_the_extra_it_is_named(
    small_project: SmallProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--engine spark` without pyspark says what to install, and publishes nothing."""
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.delitem(sys.modules, "publisher.spark", raising=False)
    small_project.keep("data/entreprises.csv")
    var = small_project.directory / "var"
    given = ["--project", str(small_project.directory), "--var", str(var), "--engine", SPARK]
    assert main(["publish", *given]) == 2
    assert "annuaire-territorial[spark]" in capsys.readouterr().err
    assert not (var / "current").exists()
