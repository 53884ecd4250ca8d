"""Prints the DDL of SQLAlchemy models: MODULE:OBJECT DIALECT.

The object is a declarative base, a MetaData, or a list of these. The tables are made on an engine that connects to nothing
and hands over its statements.
"""

import importlib
import os
import sys


def main(spec, dialect):
    # What the modules print is no DDL.
    out, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, os.getcwd())
    module, colon, path = spec.partition(":")
    if not colon:
        sys.exit(f"'{spec}' names no object: write MODULE:OBJECT, as in app.models:Base")
    found = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)

    from sqlalchemy import MetaData, create_mock_engine

    def tell(statement, *_, **__):
        text = str(statement.compile(dialect=engine.dialect)).strip()
        print(f"{text};\n", file=out)

    # With this style of parameters, a percent sign stands for itself.
    engine = create_mock_engine(f"{dialect}://", tell, paramstyle="named")
    for base in found if isinstance(found, (list, tuple, set)) else [found]:
        metadata = getattr(base, "metadata", base)
        if not isinstance(metadata, MetaData):
            sys.exit(f"'{spec}' is neither a declarative base nor a MetaData, but a {type(base).__name__}")
        if dialect == "postgresql":
            for schema in sorted({table.schema for table in metadata.tables.values() if table.schema}):
                name = engine.dialect.identifier_preparer.quote_schema(schema)
                print(f"CREATE SCHEMA IF NOT EXISTS {name};\n", file=out)
        metadata.create_all(engine, checkfirst=False)


main(*sys.argv[1:])
