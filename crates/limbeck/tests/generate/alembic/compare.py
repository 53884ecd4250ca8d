"""Asks genuine Alembic what it would write.

Reads cases as JSON, a line each, and answers a line each: `from` is the database that there is, `to` one that is as the models say. The
models are SQLAlchemy code in `models`, or what SQLAlchemy reads from `to`. They are also made in `made`, for somebody to see that they say
what `to` says.
"""

import json
import sys
import warnings

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql


def engine(url):
    url = sqlalchemy.make_url(url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)


def models(case):
    metadata = sqlalchemy.MetaData()
    if case["models"]:
        names = {**vars(sqlalchemy), "postgresql": postgresql, "metadata": metadata}
        exec(case["models"], names)
        return metadata
    metadata.reflect(engine(case["to"]))
    for table in metadata.tables.values():
        for column in table.columns:
            # A number that nothing gives would otherwise be taken for one that the database gives.
            column.autoincrement = column.server_default is not None or column.identity is not None
    return metadata


def words(difference):
    """A difference as a line, or as several where a column differs in several ways."""
    if isinstance(difference, list):
        return [line for part in difference for line in words(part)]
    kind, *rest = difference
    if kind.startswith("modify_"):
        _, table, column, _, before, after = rest
        return [f"{kind} {table}.{column}: {said(before)} -> {said(after)}"]
    thing = rest[-1]
    table = getattr(thing, "table", None)
    name = thing.name if table is None else f"{table.name}.{thing.name}"
    return [f"{kind} {name}"]


def said(value):
    value = getattr(value, "arg", value)
    return repr(value) if isinstance(value, sqlalchemy.types.TypeEngine) else str(value)


def differences(case, metadata):
    options = {"compare_type": True, "compare_server_default": True}
    with engine(case["from"]).connect() as connection, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        context = MigrationContext.configure(connection, opts=options)
        try:
            found = compare_metadata(context, metadata)
        except Exception as error:
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            return [f"crashes: {type(error).__name__}: {reason}"]
    lines = sorted(line for difference in found for line in words(difference))
    lines += sorted({f"warns: {warning.message}" for warning in warned})
    return lines or ["nothing"]


for line in sys.stdin:
    case = json.loads(line)
    metadata = models(case)
    metadata.create_all(engine(case["made"]))
    print(json.dumps(differences(case, metadata)), flush=True)
