"""The plan of a conversion run by Apache Spark, for tables beyond one machine; DuckDB runs the same plan on one.

What the plan reads goes to Parquet files beside the result, so that on a cluster `var/` is a directory that all
machines see. Where Spark runs is Spark's own configuration (`spark-defaults.conf`, `SPARK_CONF_DIR`); without one, it
runs here. It is an extra: `pip install annuaire-territorial[spark]`, and Java.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NoReturn

from publisher.errors import EngineError, UsageError
from publisher.sql import name, text

try:
    import sqlglot
    from pyspark import SparkConf
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession
    from sqlglot import exp
except ImportError as error:
    raise UsageError(
        "--engine spark demande l'extra « spark » : pip install 'annuaire-territorial[spark]'",
        "--engine spark needs the extra 'spark': pip install 'annuaire-territorial[spark]'",
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_SETTINGS = {
    "spark.app.name": "annuaire",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
}
"""What holds where Spark's own configuration says nothing else."""

_URL_ENCODE = "replace(replace(replace(url_encode(_), '+', '%20'), '*', '%2A'), '%7E', '~')"
"""Spark encodes as forms do (java.net.URLEncoder), DuckDB as RFC 3986 §2.3 has it."""

_WRITTEN = "lignes"


def run_on_spark(connection: DuckDBPyConnection, selects: Sequence[str], path: Path) -> int:
    """Write the lines that queries give to one file sorted by bytes, each once; return how many there are.

    Raises:
        EngineError: Spark does not start (it needs Java), or does not take the plan.
    """
    shared = path.with_name(f".{path.name}-spark").resolve()
    shutil.rmtree(shared, ignore_errors=True)
    shared.mkdir()
    try:
        plans = [sqlglot.parse_one(select, read="duckdb") for select in selects]
        for relation in sorted({table.name for plan in plans for table in plan.find_all(exp.Table)}):
            connection.execute(f"COPY {name(relation)} TO {text(str(shared / relation))} (FORMAT parquet)")
        _run(plans, shared)
        return _join(shared / _WRITTEN, path)
    except (PySparkException, OSError) as error:
        _refuse(error)
    finally:
        shutil.rmtree(shared, ignore_errors=True)


def translate(plan: exp.Expression) -> str:
    """Return a query of DuckDB's as Spark writes it.

    Raises:
        EngineError: it uses a function for which no equal is known here.
    """
    return str(plan.transform(_as_spark).sql("spark"))


def _as_spark(node: exp.Expression) -> exp.Expression:
    """Put the equal of a function in its place, where Spark's function of that name is another or is none."""
    if isinstance(node, exp.RegexpFullMatch):
        pattern = exp.Literal.string(rf"\A(?:{node.expression.name})\z")
        return exp.RegexpLike(this=node.this, expression=pattern)
    if not isinstance(node, exp.Anonymous):
        return node
    if node.name.lower() != "url_encode":
        raise EngineError(
            f"fonction sans équivalent connu dans Spark : {node.name}", f"no equal known in Spark: {node.name}"
        )
    (value,) = node.expressions
    encoded = sqlglot.parse_one(_URL_ENCODE, read="spark")
    for place in list(encoded.find_all(exp.Column)):
        place.replace(value.copy())
    return encoded


def _run(plans: Sequence[exp.Expression], shared: Path) -> None:
    spark = _session()
    for relation in shared.iterdir():
        spark.read.parquet(relation.as_uri()).createOrReplaceTempView(relation.name)
    lines = spark.sql(" UNION ALL ".join(translate(plan) for plan in _by_relation(plans)))
    lines.distinct().orderBy("line").write.text((shared / _WRITTEN).as_uri())


def _by_relation(plans: Sequence[exp.Expression]) -> list[exp.Expression]:
    """Return queries that give the same lines and read each relation once: to Spark each reading is a stage."""
    lines: dict[str, list[exp.Expression]] = {}
    for plan in plans:
        (line,) = plan.expressions
        where = plan.args.get("where")
        made = exp.Case().when(where.this, line.this) if where else line.this
        lines.setdefault(plan.args["from_"].sql("duckdb"), []).append(made)
    return [
        exp.select(exp.alias_(exp.Explode(this=exp.ArrayCompact(this=exp.Array(expressions=made))), "line")).from_(
            sqlglot.parse_one(f"SELECT * {source}", read="duckdb").args["from_"].this
        )
        for source, made in lines.items()
    ]


def _session() -> SparkSession:
    try:
        settings = SparkConf()
        for key, value in _SETTINGS.items():
            settings.setIfMissing(key, value)
        session: SparkSession = SparkSession.builder.config(conf=settings).getOrCreate()
    except PySparkException as error:
        raise EngineError(
            "Spark ne démarre pas ; il lui faut Java (Debian : apt-get install default-jre-headless)",
            "Spark does not start; it needs Java (Debian: apt-get install default-jre-headless)",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _join(parts: Path, path: Path) -> int:
    """Put what Spark wrote, one range of lines a file, into one file; return the number of lines."""
    lines = 0
    with path.open("wb") as whole:
        for part in sorted(parts.glob("part-*")):
            with part.open("rb") as piece:
                while chunk := piece.read(1 << 20):
                    lines += chunk.count(b"\n")
                    whole.write(chunk)
    return lines


def _refuse(error: Exception) -> NoReturn:
    reason = str(error).partition("\n")[0]
    raise EngineError(f"Spark refuse le plan : {reason}", f"Spark refuses the plan: {reason}") from error
