"""Prints what genuine Alembic makes of each revision without a database, a line of JSON for each direction and dialect.

statements.py ROOT FILE…
"""

import importlib.util
import io
import json
import os
import sys
import warnings

import reference

DIALECTS = ("sqlite", "postgresql", "mysql", "mariadb")


def load(file):
    spec = importlib.util.spec_from_file_location("revision_" + str(abs(hash(file))), file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def statements(module, direction, dialect):
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

    context = MigrationContext.configure(
        dialect_name=dialect,
        # Without it, percent signs would be doubled.
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "output_buffer": io.StringIO(), "literal_binds": True},
    )
    found = []
    context.impl.static_output = found.append
    with EnvironmentContext(Config(), None, as_sql=True) as environment:
        environment._migration_context = context
        with Operations.context(context):
            getattr(module, direction)()
    return found


def main():
    root, *files = sys.argv[1:]
    # Whatever the modules print goes elsewhere.
    output = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr
    warnings.simplefilter("ignore")
    reference.stand_in_for_what_is_missing(root)
    for file in files:
        try:
            module = load(file)
        except Exception:
            continue
        for dialect in DIALECTS:
            for direction in ("upgrade", "downgrade"):
                try:
                    found = statements(module, direction, dialect)
                except Exception:
                    continue
                told = {"file": file, "dialect": dialect, "direction": direction, "statements": found}
                output.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
