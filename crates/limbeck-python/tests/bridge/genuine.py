"""Runs a revision as genuine Alembic does: URL FILE, with the database's usual driver."""

import importlib.util
import sys

from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.config import Config
from sqlalchemy import create_engine


def main(url, file):
    spec = importlib.util.spec_from_file_location("revision", file)
    with create_engine(url).connect() as connection, EnvironmentContext(Config(), None) as environment:
        environment.configure(connection=connection, transaction_per_migration=True)
        context = environment.get_context()
        with context.begin_transaction(_per_migration=True), Operations.context(context):
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.upgrade()


main(*sys.argv[1:])
