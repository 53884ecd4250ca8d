"""Runs genuine Alembic over a directory of revisions, without the application that they belong to.

reference.py ROOT VERSIONS URL COMMAND TARGET

With COMMAND `baseline` the tables of models (TARGET, `module:Base`) are made.

What the revisions import and is not installed is stood in for, so that Alembic can load them; what they import of their own
package is run.
"""

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import tempfile
import types

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

try:
    import alembic_postgresql_enum
except ImportError:
    pass
engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, render_as_batch=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


class StandIn(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name, (object,), {})

    def __call__(cls, *args, **kwargs):
        return cls

    def __getitem__(cls, key):
        return cls

    def __or__(cls, other):
        return cls

    __ror__ = __or__

    def __iter__(cls):
        return iter(())


class StandInModule(types.ModuleType):
    __path__ = []
    __version__ = "999"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = StandIn(name, (object,), {})
        setattr(self, name, value)
        return value


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root):
        self.root = root

    def find_spec(self, name, path, target=None):
        # What is installed looks for things itself, and does without what is not there.
        frame = sys._getframe(1)
        while frame is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if frame is None or not frame.f_code.co_filename.startswith(self.root):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandInModule(spec.name)

    def exec_module(self, module):
        pass


def stand_in_for_what_is_missing(root):
    sys.path.insert(0, root)
    sys.meta_path.append(Finder(root))


def configuration(root, versions, url, directory):
    """Alembic's, with an environment of its own in a directory."""
    from alembic.config import Config

    with open(os.path.join(directory, "env.py"), "w") as file:
        file.write(ENV)
    config = Config()
    config.set_main_option("script_location", directory)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("version_locations", os.path.join(root, versions))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("recursive_version_locations", "true")
    return config


def make_tables(url, module, models):
    """Makes the tables of models that the first revision expects."""
    from sqlalchemy import create_engine

    getattr(importlib.import_module(module), models).metadata.create_all(create_engine(url))


def main():
    root, versions, url, command, target = sys.argv[1:6]
    stand_in_for_what_is_missing(root)
    if command == "baseline":
        make_tables(url, *target.split(":"))
        return
    from alembic import command as commands

    with tempfile.TemporaryDirectory() as directory:
        getattr(commands, command)(configuration(root, versions, url, directory), target)


if __name__ == "__main__":
    main()
