"""Runs revisions under Alembic on SQLite, each on a database of its own, and prints what is there afterwards as JSON."""

import json
import sqlite3
import sys
import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

warnings.simplefilter("ignore")


def state(connection):
    schema = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).all()
    rows = {}
    for kind, name, _, _ in schema:
        if kind == "table":
            columns = [row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{name}")')]
            quoted = ", ".join(f'quote("{column}")' for column in columns)
            rows[name] = [list(row) for row in connection.exec_driver_sql(f'SELECT {quoted} FROM "{name}" ORDER BY rowid')]
    return {"schema": [list(row) for row in schema], "rows": rows}


def outcome(path):
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.connection.driver_connection.executescript(path.with_suffix(".sql").read_text())
        namespace = {"__name__": "revision"}
        try:
            exec(compile(path.read_text(), str(path), "exec"), namespace)
            convention = namespace.get("naming_convention")
            opts = {"target_metadata": sa.MetaData(naming_convention=convention)}
            context = MigrationContext.configure(connection, opts=opts)
            with Operations.context(context):
                namespace["upgrade"]()
        except Exception as error:  # whatever it is, limbeck has to fail too
            return {"error": f"{type(error).__name__}: {error}"}
        return state(connection)


def main():
    paths = sorted(Path(sys.argv[1]).glob("*.py"))
    json.dump({path.stem: outcome(path) for path in paths}, sys.stdout)


main()
