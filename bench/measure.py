"""Times limbeck, Alembic, dbmate, psql and sqlite3 on the same statements, on a throwaway PostgreSQL and on SQLite.

Every figure is the median of several runs (the fastest and slowest are shown too); memory is the peak of the process.
Runs of the tools alternate, so that a slow moment of the machine hits all of them.
"""

import contextlib
import datetime
import glob
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "bench", ".work")
LIMBECK = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release", "limbeck")
ALEMBIC = os.path.join(WORK, "venv", "bin", "alembic")
# The npm package's launcher is JavaScript; the program itself stands beside it, and is what is measured.
DBMATE = (glob.glob(os.path.join(WORK, "node_modules", "@dbmate", "*", "bin", "dbmate")) or [""])[0]
REVISIONS = 1000
MANY = 100_000


def run(command, env=None, stdin=None, cwd=None):
    """Runs a command to its end; gives the seconds it took."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        code = subprocess.call(
            command, env={**os.environ, **(env or {})}, stdout=output, stderr=subprocess.STDOUT, stdin=stdin, cwd=cwd
        )
        elapsed = time.perf_counter() - start
        if code:
            output.seek(0)
            sys.exit(f"{command} failed:\n{output.read().decode()[-2000:]}")
        return elapsed


def peak(command, env=None, stdin=None, cwd=None):
    """Runs a command once more; gives its peak memory in MiB.

    GNU time starts it, which takes time, and so has a run of its own: a child of this process would count this process's
    own memory as its peak.
    """
    with tempfile.NamedTemporaryFile("r") as result:
        run(["/usr/bin/time", "-q", "-f", "%M", "-o", result.name, *command], env, stdin, cwd)
        return int(result.read()) / 1024


def statements(number):
    return [
        f"CREATE TABLE bench_{number:04} (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, amount INTEGER)",
        f"CREATE INDEX ix_bench_{number:04} ON bench_{number:04} (name)",
    ]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def make_histories(base):
    """The same thousand revisions in the form of each tool."""
    for number in range(1, REVISIONS + 1):
        create, index = statements(number)
        drop = f"DROP TABLE bench_{number:04}"
        parent = f"{number - 1:04}" if number > 1 else "none"
        write(
            f"{base}/limbeck/{number:04}_table.sql",
            f"-- table {number}\n--\n-- Revision ID: {number:04}\n-- Revises: {parent}\n\n"
            f"-- limbeck:upgrade\n{create};\n{index};\n\n-- limbeck:downgrade\n{drop};\n",
        )
        write(
            f"{base}/dbmate/{number:04}_table.sql",
            f"-- migrate:up\n{create};\n{index};\n\n-- migrate:down\n{drop};\n",
        )
        down = repr(f"{number - 1:04}") if number > 1 else "None"
        write(
            f"{base}/alembic/versions/{number:04}_table.py",
            f'"""table {number}"""\nfrom alembic import op\n\nrevision = "{number:04}"\ndown_revision = {down}\n\n\n'
            f'def upgrade():\n    op.execute("{create}")\n    op.execute("{index}")\n\n\n'
            f'def downgrade():\n    op.execute("{drop}")\n',
        )
    write(f"{base}/all.sql", "".join(f"{sql};\n" for n in range(1, REVISIONS + 1) for sql in statements(n)))
    write(f"{base}/whole.toml", '[migrations]\ndir = "limbeck"\ntransaction = "whole-run"\n')
    write(f"{base}/alembic/env.py", ENV_PY)
    write(f"{base}/alembic.ini", f"[alembic]\nscript_location = {base}/alembic\n")


ENV_PY = '''import os
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(os.environ["BENCH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
'''


@contextlib.contextmanager
def postgres():
    """A server with Debian's default settings, in a directory of its own."""
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not binaries:
        sys.exit("PostgreSQL's server is not installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if as_user:
            shutil.chown(home, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = f"{home}/data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "check": True, "cwd": home}
        subprocess.run([*as_user, f"{binaries[-1]}/initdb", "-D", data, "-A", "trust", "-U", "postgres"], **quiet)
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
        server = [*as_user, f"{binaries[-1]}/pg_ctl", "-D", data, "-w"]
        subprocess.run([*server, "-o", options, "-l", f"{home}/log", "start"], **quiet)
        try:
            yield port
        finally:
            subprocess.run([*server, "-m", "immediate", "stop"], **quiet)


class Results:
    """Lines of a table, and the text around them."""

    def __init__(self):
        self.text = []

    def table(self, title, reference, measured):
        """`measured`: tool -> (list of seconds, MiB); `reference` is the tool that ratios are against."""
        self.text.append(f"\n### {title}\n\n| tool | median | fastest – slowest | × {reference} | peak memory |")
        self.text.append("|---|---|---|---|---|")
        base = statistics.median(measured[reference][0])
        for tool, (seconds, mib) in measured.items():
            median = statistics.median(seconds)
            self.text.append(
                f"| {tool} | {median * 1000:.0f} ms | {min(seconds) * 1000:.0f} – {max(seconds) * 1000:.0f} ms "
                f"| {median / base:.2f} | {mib:.1f} MiB |"
            )


def alternate(tools, rounds, before=None):
    """Runs each tool in turn, `rounds` times, and once more for its memory. A tool is a function of how it is run."""
    seconds = {name: [] for name in tools}
    for _ in range(rounds):
        for name, tool in tools.items():
            if before:
                before(name)
            seconds[name].append(tool(run))
    measured = {}
    for name, tool in tools.items():
        if before:
            before(name)
        measured[name] = (seconds[name], tool(peak))
    return measured


def on_postgres(base, results):
    with postgres() as port:
        server = f"127.0.0.1:{port}"
        psql = ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        names = {
            "limbeck": "a",
            "limbeck, one transaction": "b",
            "dbmate": "c",
            "Alembic": "d",
            "psql -1 -f": "e",
            "limbeck, Alembic's files": "f",
        }

        def fresh(tool):
            name = names[tool]
            run([*psql, "-c", f"DROP DATABASE IF EXISTS {name}", "-c", f"CREATE DATABASE {name}"])

        url = lambda name: f"postgresql://postgres@{server}/{name}"
        tools = {
            "psql -1 -f": lambda how: how([*psql, "-1", "-d", "e", "-f", f"{base}/all.sql"]),
            "limbeck, one transaction": lambda how: how(
                [LIMBECK, "-c", f"{base}/whole.toml", "-q", "--url", url("b"), "upgrade", "head"]
            ),
            "limbeck": lambda how: how([LIMBECK, "--dir", f"{base}/limbeck", "-q", "--url", url("a"), "upgrade", "head"]),
            "dbmate": lambda how: how(
                [DBMATE, "--url", url("c") + "?sslmode=disable", "-d", f"{base}/dbmate", "--no-dump-schema", "migrate"]
            ),
            "Alembic": lambda how: how(
                [ALEMBIC, "-c", f"{base}/alembic.ini", "upgrade", "head"],
                env={"BENCH_URL": f"postgresql+psycopg2://postgres@{server}/d"},
            ),
            "limbeck, Alembic's files": lambda how: how(
                [LIMBECK, "-c", f"{base}/alembic.ini", "-q", "upgrade", "head"],
                env={"BENCH_URL": f"postgresql+psycopg2://postgres@{server}/f"},
            ),
        }
        title = f"PostgreSQL: apply {REVISIONS:,} revisions (a table and an index each)"
        results.table(title, "psql -1 -f", alternate(tools, 5, before=fresh))
        tools["psql -c 'select 1'"] = lambda how: how([*psql, "-d", "a", "-c", "select 1"])
        for name in ["psql -1 -f", "limbeck, one transaction"]:
            del tools[name]
        title = f"PostgreSQL: nothing to do, {REVISIONS:,} revisions applied"
        results.table(title, "limbeck", alternate(tools, 15))


def on_sqlite(base, results):
    files = {
        "limbeck": "a",
        "limbeck, one transaction": "b",
        "dbmate": "c",
        "Alembic": "d",
        "sqlite3, one transaction": "e",
        "limbeck, Alembic's files": "f",
    }

    def fresh(tool):
        for path in glob.glob(f"{base}/{files[tool]}.db*"):
            os.remove(path)

    def sqlite3(how):
        with open(f"{base}/all-one.sql") as script:
            return how(["sqlite3", f"{base}/e.db"], stdin=script)

    write(f"{base}/all-one.sql", "BEGIN;\n" + open(f"{base}/all.sql").read() + "COMMIT;\n")
    limbeck = [LIMBECK, "--dir", f"{base}/limbeck", "-q", "--url", f"sqlite:///{base}/a.db", "upgrade", "head"]
    dbmate = [DBMATE, "--url", f"sqlite:{base}/c.db", "-d", f"{base}/dbmate", "--no-dump-schema", "migrate"]
    whole = [LIMBECK, "-c", f"{base}/whole.toml", "-q", "--url", f"sqlite:///{base}/b.db", "upgrade", "head"]
    alembic = [ALEMBIC, "-c", f"{base}/alembic.ini", "upgrade", "head"]
    native = [LIMBECK, "-c", f"{base}/alembic.ini", "-q", "upgrade", "head"]
    tools = {
        "sqlite3, one transaction": sqlite3,
        "limbeck, one transaction": lambda how: how(whole),
        "limbeck": lambda how: how(limbeck),
        "dbmate": lambda how: how(dbmate),
        "Alembic": lambda how: how(alembic, env={"BENCH_URL": f"sqlite:///{base}/d.db"}),
        "limbeck, Alembic's files": lambda how: how(native, env={"BENCH_URL": f"sqlite:///{base}/f.db"}),
    }
    title = f"SQLite: apply {REVISIONS:,} revisions (a table and an index each)"
    measured = alternate(tools, 3, before=fresh)
    results.table(title, "sqlite3, one transaction", measured)
    for name in ["sqlite3, one transaction", "limbeck, one transaction"]:
        del tools[name]
    results.table(f"SQLite: nothing to do, {REVISIONS:,} revisions applied", "limbeck", alternate(tools, 15))


def many(base, results):
    for number in range(1, MANY + 1):
        parent = f"{number - 1:06}" if number > 1 else "none"
        write(
            f"{base}/many/{number:06}_step.sql",
            f"-- step {number}\n--\n-- Revision ID: {number:06}\n-- Revises: {parent}\n\n"
            f"-- limbeck:upgrade\nSELECT {number};\n",
        )
    tools = {
        "limbeck history": lambda how: how([LIMBECK, "--dir", f"{base}/many", "history"]),
        "limbeck heads": lambda how: how([LIMBECK, "--dir", f"{base}/many", "heads"]),
    }
    results.table(f"{MANY:,} revisions: load and list", "limbeck history", alternate(tools, 5))


def version(command):
    output = subprocess.run(command, capture_output=True, text=True)
    return (output.stdout + output.stderr).strip().splitlines()[0]


def main():
    if not DBMATE:
        sys.exit("dbmate's program was not found below bench/.work/node_modules")
    results = Results()
    base = tempfile.mkdtemp(prefix="limbeck-bench-")
    try:
        make_histories(base)
        on_postgres(base, results)
        on_sqlite(base, results)
        many(base, results)
    finally:
        shutil.rmtree(base)
    size = os.path.getsize(LIMBECK) / 1024 / 1024
    header = [
        "# Measured side by side",
        "",
        f"Written by `bench/run` on {datetime.date.today()}: {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        "all tools in one run, taking turns, on one machine and one server with default settings.",
        "",
        f"- {version([LIMBECK, '--version'])}, binary of {size:.1f} MiB",
        f"- {version([ALEMBIC, '--version'])}, {platform.python_implementation()} {platform.python_version()}",
        f"- {version([DBMATE, '--version'])}",
        f"- {version(['psql', '--version'])}",
        f"- sqlite3 {version(['sqlite3', '--version']).split()[0]}",
    ]
    page = "\n".join(header + results.text) + "\n"
    print(page)
    write(os.path.join(ROOT, "bench", "results.md"), page)


if __name__ == "__main__":
    main()
