"""Runs revisions under Alembic without a database, on every dialect, and prints what comes out as JSON."""

import io
import json
import sys
import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

warnings.simplefilter("ignore")


class Recorder:
    """Takes the statements of an offline run one by one."""

    def __init__(self, dialect, convention):
        self.statements = []
        opts = {
            "as_sql": True,
            "output_buffer": io.StringIO(),
            "target_metadata": sa.MetaData(naming_convention=convention),
        }
        # Without it, percent signs would be doubled.
        options = {"paramstyle": "named"}
        if dialect == "postgresql":
            options["driver"] = "psycopg2"
            del options["driver"]
        self.context = MigrationContext.configure(
            dialect_name=dialect, dialect_opts=options, opts=opts
        )
        self.context.impl.static_output = self.statements.append


def outcome(path, dialect):
    namespace = {"__name__": "revision"}
    source = path.read_text()
    convention = None
    try:
        exec(compile(source, str(path), "exec"), namespace)
        convention = namespace.get("naming_convention")
        recorder = Recorder(dialect, convention)
        with Operations.context(recorder.context):
            namespace["upgrade"]()
    except Exception as error:  # whatever it is, limbeck has to fail too
        return {"error": f"{type(error).__name__}: {error}".strip()}
    return {"statements": [text.strip().rstrip(";") for text in recorder.statements]}


def main():
    directory, *dialects = sys.argv[1:]
    results = {}
    for path in sorted(Path(directory).glob("*.py")):
        results[path.stem] = {dialect: outcome(path, dialect) for dialect in dialects}
    json.dump(results, sys.stdout)


main()
