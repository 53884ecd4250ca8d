"""Runs one revision with the real Alembic."""

import argparse
import importlib.util
import os
import sys
import traceback

from limbeck_bridge import dialect
from limbeck_bridge.dbapi import Driver

#: How many frames behind the revision's are told.
FRAMES = 3


def run(wire, task):
    """Calls the function of the revision, and tells what came of it."""
    try:
        _run(wire, task)
    except BaseException as error:
        wire.tell("failed", **_told(error, task["file"]))
    else:
        wire.tell("done")


def _run(wire, task):
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

    driver = Driver(wire, task["dialect"])
    config, script = _config(task)
    with dialect.engine(driver).connect() as connection, EnvironmentContext(config, script) as environment:
        wire.file = task["file"]
        environment.configure(
            connection=connection,
            target_metadata=_metadata(task),
            transaction_per_migration=True,
            version_table_schema=task["version_table_schema"],
        )
        context = environment.get_context()
        with context.begin_transaction(_per_migration=True), Operations.context(context):
            getattr(_module(task["file"]), task["direction"])()
        # Whatever was taken back in the end.
        connection.connection.commit()


def _config(task):
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    files = {name: task[name] for name in ("file_", "toml_file") if task.get(name)}
    given = argparse.Namespace(x=task["x"] or None)
    config = Config(ini_section=task["section"], cmd_opts=given, **files)
    for name, value in task["main_options"]:
        config.set_main_option(name, value.replace("%", "%%"))
    if not task["script_location"]:
        return config, None
    config.set_main_option("script_location", task["script_location"].replace("%", "%%"))
    return config, ScriptDirectory(task["script_location"])


def _metadata(task):
    from sqlalchemy import MetaData

    convention = dict(task["naming_convention"])
    return MetaData(naming_convention=convention) if convention else None


def _module(file):
    name = os.path.splitext(os.path.basename(file))[0]
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _told(error, file):
    failure, is_database = _failure(error)
    line, frames = _place(error, file)
    if isinstance(error, SyntaxError):
        text = "%s: %s" % (type(error).__name__, error.msg)
        if error.filename == file:
            line = error.lineno
        else:
            frames = ["%s:%s" % (error.filename, error.lineno)]
    else:
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return {
        "failure": failure,
        "is_database": is_database,
        "line": line,
        "message": text.encode("utf-8", "replace").decode(),
        "frames": [] if is_database else frames,
    }


def _failure(error):
    """Which of the database's errors this one is, or comes of."""
    is_database = True
    while error is not None:
        failure = getattr(error, "limbeck_failure", None)
        if failure is None:
            failure = getattr(getattr(error, "orig", None), "limbeck_failure", None)
        if failure is not None:
            return failure, is_database
        error, is_database = error.__cause__, False
    return None, False


def _place(error, file):
    """The revision's line, and what it has called."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [at for at, frame in enumerate(frames) if frame.filename == file]
    last = own[-1] if own else -1
    behind = [frame for frame in frames[last + 1 :] if not _is_known(frame.filename)]
    told = ["%s:%s, in %s: %s" % (frame.filename, frame.lineno, frame.name, frame.line) for frame in behind[-FRAMES:]]
    return (frames[last].lineno if own else None), told


def _is_known(file):
    """Whether a file is none that the project's author would look into."""
    packages = [sys.modules[name].__file__ for name in ("sqlalchemy", "alembic") if name in sys.modules]
    return file.startswith(("<", *(os.path.dirname(package) for package in packages)))


def missing():
    """The name of what has to be installed, if something has to."""
    for name in ("sqlalchemy", "alembic"):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name:
                return name
            raise
    return None


def versions():
    import alembic
    import sqlalchemy

    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"python": python, "alembic": alembic.__version__, "sqlalchemy": sqlalchemy.__version__}
