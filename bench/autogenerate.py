"""Times the comparison of models with a database that is what they say: the models are DDL for limbeck, and SQLAlchemy's for
Alembic and for limbeck once more. Beside them each database's own dump, which reads as much and compares nothing.

limbeck keeps what a server made of models, so it is measured twice: with models that it has not seen before, and again.
"""

import contextlib
import datetime
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import measure
from measure import ALEMBIC, LIMBECK, Results, alternate, postgres, run, version, write

PYTHON = os.path.join(os.path.dirname(ALEMBIC), "python")
URLS = {
    "postgresql": lambda server, name: f"postgresql+psycopg2://postgres@127.0.0.1:{server}/{name}",
    "mariadb": lambda server, name: f"mysql+pymysql://root@127.0.0.1:{server}/{name}",
    "sqlite": lambda server, name: f"sqlite:///{server}/{name}.db",
}

MODELS = '''from sqlalchemy import *

metadata = MetaData()
for n in range({tables}):
    Table(
        f"t{{n:05}}", metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(50), nullable=False),
        Column("amount", Integer),
        Column("note", Text),
        Column("price", Numeric(10, 2)),
        Column("created_at", DateTime, server_default=func.now()),
        Column("state", String(20), nullable=False, server_default="new"),
        Column("parent", Integer, *([ForeignKey(f"t{{n - 1:05}}.id", name=f"fk_{{n:05}}")] if n else [])),
        UniqueConstraint("name", "state", name=f"uq_{{n:05}}"),
        Index(f"ix_{{n:05}}", "amount"),
        CheckConstraint("amount > 0", name=f"ck_{{n:05}}"),
    )
'''

DDL = '''import sys
sys.path.insert(0, sys.argv[1])
from sqlalchemy import create_engine, create_mock_engine
from models import metadata
engine = create_mock_engine(sys.argv[2], lambda sql, *_, **__: print(str(sql.compile(dialect=engine.dialect)).strip() + ";"))
metadata.create_all(engine, checkfirst=False)
'''

ENV_PY = '''import os, sys
sys.path.insert(0, os.environ["BENCH_MODELS"])
from alembic import context
from sqlalchemy import create_engine, pool
from models import metadata

engine = create_engine(os.environ["BENCH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()
'''


@contextlib.contextmanager
def mariadb():
    """A server with default settings, in a directory of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        as_root = ["--user=root"] if os.getuid() == 0 else []
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={home}/data", "--auth-root-authentication-method=normal"]
        subprocess.run([*install, *as_root], check=True, **quiet)
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={home}/data", f"--port={port}", f"--socket={home}/s",
             "--bind-address=127.0.0.1", *as_root], **quiet
        )
        try:
            client = ["mariadb", "--no-defaults", f"--socket={home}/s", "-u", "root"]
            for _ in range(200):
                if subprocess.run([*client, "-e", "SELECT 1"], **quiet).returncode == 0:
                    break
                time.sleep(0.1)
            subprocess.run([*client, "-e", "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION"], check=True, **quiet)
            yield port
        finally:
            server.kill()
            server.wait()


def prepare(base, kind, server, tables):
    """Models, a database that they made, and what each tool needs to compare them."""
    place, name = f"{base}/{kind}{tables}", f"bench{tables}"
    url = URLS[kind](server, name)
    write(f"{place}/models.py", MODELS.format(tables=tables))
    write(f"{place}/ddl.py", DDL)
    ddl = subprocess.run([PYTHON, f"{place}/ddl.py", place, url], capture_output=True, text=True)
    if ddl.returncode:
        sys.exit(ddl.stderr)
    write(f"{place}/schema.sql", ddl.stdout)
    write(f"{place}/migrations/001_start.sql", "-- limbeck:upgrade\n-- the tables were there\n")
    write(f"{place}/limbeck.toml", '[models]\nsql = "schema.sql"\n')
    write(f"{place}/python.toml", '[models]\nsqlalchemy = "models:metadata"\n')
    write(f"{place}/alembic/env.py", ENV_PY)
    os.makedirs(f"{place}/alembic/versions", exist_ok=True)
    write(f"{place}/alembic.ini", f"[alembic]\nscript_location = {place}/alembic\n")
    if kind == "postgresql":
        psql = ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(server), "-U", "postgres"]
        run([*psql, "-c", f"CREATE DATABASE {name}"])
        # One transaction would have to hold more locks than a server has room for by default.
        quick = {"PGOPTIONS": "-c synchronous_commit=off"}
        run([*psql, "-v", "ON_ERROR_STOP=1", "-d", name, "-f", f"{place}/schema.sql"], env=quick)
        run([*psql, "-d", name, "-c", "VACUUM ANALYZE"])
        dump = ["pg_dump", "-s", "-h", "127.0.0.1", "-p", str(server), "-U", "postgres", name]
    elif kind == "mariadb":
        client = ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(server), "-u", "root"]
        run([*client, "-e", f"CREATE DATABASE {name}"])
        with open(f"{place}/schema.sql") as script:
            run([*client, name], stdin=script)
        dump = ["mariadb-dump", "--no-defaults", "--no-data", "-h", "127.0.0.1", "-P", str(server), "-u", "root", name]
    else:
        write(f"{place}/one.sql", f"BEGIN;\n{ddl.stdout}COMMIT;\n")
        with open(f"{place}/one.sql") as script:
            run(["sqlite3", f"{base}/{name}.db"], stdin=script)
        dump = ["sqlite3", f"{base}/{name}.db", ".schema"]
    plain = url.replace("+psycopg2", "").replace("+pymysql", "")
    run([LIMBECK, "-c", f"{place}/limbeck.toml", "-q", "--url", plain, "upgrade", "head"])
    return place, url, plain, dump


def compare(results, base, kind, server, tables, rounds):
    place, url, plain, dump = prepare(base, kind, server, tables)
    # Not among the models: what is in their directory counts.
    cache = f"{place}-cache"
    env = {"XDG_CACHE_HOME": cache, "LIMBECK_PYTHON": PYTHON}

    def limbeck(how, config):
        return how([LIMBECK, "-c", f"{place}/{config}.toml", "--url", plain, "check"], env=env, cwd=place)

    alembic_env = {"BENCH_URL": url, "BENCH_MODELS": place}
    tools = {
        os.path.basename(dump[0]): lambda how: how(dump),
        "limbeck, DDL, for the first time": lambda how: limbeck(how, "limbeck"),
        "limbeck, DDL, again": lambda how: limbeck(how, "limbeck"),
        "limbeck, SQLAlchemy, for the first time": lambda how: limbeck(how, "python"),
        "limbeck, SQLAlchemy, again": lambda how: limbeck(how, "python"),
        "Alembic check": lambda how: how([ALEMBIC, "-c", f"{place}/alembic.ini", "check"], env=alembic_env),
    }
    # Alembic compares with a database at its own heads: it has no revisions here, and so no rows.
    heads = {"postgresql": "psql", "mariadb": "mariadb", "sqlite": "sqlite3"}[kind]
    forget = "DELETE FROM alembic_version"
    query = {
        "psql": ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(server), "-U", "postgres", "-d", f"bench{tables}", "-c"],
        "mariadb": ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(server), "-u", "root", f"bench{tables}", "-e"],
        "sqlite3": ["sqlite3", f"{base}/bench{tables}.db"],
    }[heads]

    # Alembic would drop it.
    run([*query, "DROP TABLE limbeck_journal"])

    def before_each(tool):
        if "first" in tool:
            shutil.rmtree(cache, ignore_errors=True)
        rows = forget if tool.startswith("Alembic") else f"{forget}; INSERT INTO alembic_version VALUES ('001')"
        run([*query, rows])

    title, before_it = f"{kind}: {tables:,} tables, nothing different", len(results.text)
    results.table(title, os.path.basename(dump[0]), alternate(tools, rounds, before=before_each))
    print("\n".join(results.text[before_it:]), flush=True)


def main():
    results = Results()
    base = tempfile.mkdtemp(prefix="limbeck-bench-")
    try:
        with postgres() as port:
            compare(results, base, "postgresql", port, 1000, 3)
            compare(results, base, "postgresql", port, 5000, 2)
        with mariadb() as port:
            compare(results, base, "mariadb", port, 1000, 3)
        compare(results, base, "sqlite", base, 1000, 3)
        compare(results, base, "sqlite", base, 5000, 2)
    finally:
        shutil.rmtree(base)
    header = [
        "# Nothing different",
        "",
        f"Written by `bench/autogenerate` on {datetime.date.today()}: {os.cpu_count()} cores, {platform.system()} {platform.machine()}; all "
        "tools in one run, taking turns, on one machine and servers with default settings. Each table has eight columns, a primary key, a unique "
        "constraint, a check, an index and a foreign key. 'For the first time': the models are made on a scratch database. 'Again': it is known "
        "what they made.",
        "",
        f"- {version([LIMBECK, '--version'])}",
        f"- {version([ALEMBIC, '--version'])}, {platform.python_implementation()} {platform.python_version()}",
        f"- {version(['pg_dump', '--version'])}",
        f"- {version(['mariadb-dump', '--version'])}",
        f"- sqlite3 {version(['sqlite3', '--version']).split()[0]}",
    ]
    page = "\n".join(header + results.text) + "\n"
    write(os.path.join(measure.ROOT, "bench", "results-autogenerate.md"), page)


if __name__ == "__main__":
    main()
