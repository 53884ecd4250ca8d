"""Prints the DDL of SQLAlchemy models: MODULE:OBJECT DIALECT [PROGRAM], or JSON instead of the object.

The object is a declarative base, a MetaData, or a list of these. JSON tells where an Alembic directory is configured, whose
env.py has them. The tables are made on an engine that connects to nothing
and hands over its statements. With the path of this Python, what was read is told in a last line.
"""

import argparse
import importlib
import json
import os
import sys


def main(spec, dialect, program=None):
    # What the modules print is no DDL.
    out, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, os.getcwd())
    trace = watch(program) if program else None
    if spec.startswith("{"):
        spec, found = "target_metadata of env.py", target_metadata(**json.loads(spec))
    else:
        found = named(spec)
    print_ddl(spec, found, dialect, out)
    if trace:
        trace.tell(out)


def named(spec):
    module, colon, path = spec.partition(":")
    if not colon:
        sys.exit(f"'{spec}' names no object: write MODULE:OBJECT, as in app.models:Base")
    found = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


class Told(BaseException):
    """What env.py said; no 'except Exception' of its own keeps it."""


def target_metadata(ini, pyproject, section, x):
    """Runs env.py as if a script was to be written, which connects to nothing, as far as context.configure()."""
    # A directory of migrations that is called alembic may be a package.
    here = sys.path[:]
    sys.path[:] = [place for place in here if place not in ("", os.getcwd())]
    try:
        from alembic.config import Config
        from alembic.runtime.environment import EnvironmentContext
        from alembic.script import ScriptDirectory
    except ImportError as error:
        sys.exit(f"env.py has the models, and this Python has no Alembic to run it with ({error})")
    sys.path[:] = here

    def configure(*_, **arguments):
        raise Told(arguments.get("target_metadata"))

    # Older Alembics don't know pyproject.toml.
    files = {"file_": ini} | ({"toml_file": pyproject} if pyproject else {})
    config = Config(**files, ini_section=section, cmd_opts=argparse.Namespace(x=x))
    script = ScriptDirectory.from_config(config)
    environment = EnvironmentContext(config, script, as_sql=True)
    environment.configure = configure
    try:
        with environment:
            script.run_env()
    except Told as told:
        [found] = told.args
        if found is None:
            sys.exit("env.py gives no target_metadata to context.configure(): set it to the metadata of the models")
        return found
    sys.exit("env.py does not call context.configure() when a script is to be written ('--sql')")


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
