"""Prints the DDL of SQLAlchemy models: MODULE:OBJECT DIALECT [PROGRAM].

The object is a declarative base, a MetaData, or a list of these. The tables are made on an engine that connects to nothing
and hands over its statements. With the path of this Python, what was read is told in a last line.
"""

import importlib
import os
import sys


def main(spec, dialect, program=None):
    # What the modules print is no DDL.
    out, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, os.getcwd())
    trace = watch(program) if program else None
    module, colon, path = spec.partition(":")
    if not colon:
        sys.exit(f"'{spec}' names no object: write MODULE:OBJECT, as in app.models:Base")
    found = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    print_ddl(spec, found, dialect, out)
    if trace:
        trace.tell(out)


def watch(program):
    trace = Trace()
    if not os.path.samefile(program, sys.executable):
        trace.miss(f"{program} chose this Python, who knows by what")
    try:
        from sqlalchemy import event, pool
    except ImportError:
        # The models need it, and say so.
        return trace
    # Drivers that are written in C connect without an event of Python's.
    event.listen(pool.Pool, "connect", lambda *_: trace.miss("a database was connected to"))
    return trace


def print_ddl(spec, found, dialect, out):
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
