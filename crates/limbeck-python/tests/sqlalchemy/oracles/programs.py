"""What programs print that run on SQLAlchemy: one JSON text a file, in the order of its arguments."""

import contextlib
import io
import json
import sys
import types
import warnings

import sqlalchemy as sa

warnings.simplefilter("ignore")


def printed(file):
    out = io.StringIO()
    with sa.create_engine("sqlite://").connect() as connection, contextlib.redirect_stdout(out):
        op = types.ModuleType("alembic.op")
        op.get_bind = lambda: connection
        op.execute = lambda sql: connection.execute(sa.text(sql))
        alembic = types.ModuleType("alembic")
        alembic.op = op
        sys.modules["alembic"] = alembic
        op.execute("SELECT 1")
        with open(file) as opened:
            exec(compile(opened.read(), file, "exec"), {"__name__": "program"})
    return out.getvalue()


json.dump([printed(file) for file in sys.argv[1:]], sys.stdout)
