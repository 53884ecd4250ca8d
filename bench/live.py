"""What an application feels while its table is migrated: pgbench on a table, a long reader in the way, and the same SQL run
by limbeck, Alembic, dbmate and psql, each on a fresh copy of the database, on one throwaway PostgreSQL.

Transactions are due at a fixed rate, as users are, and not when the one before is done: what is told of a transaction is the
time from when it was due.
"""

import argparse
import contextlib
import datetime
import glob
import os
import platform
import subprocess
import sys
import tempfile
import time

import measure
from measure import ALEMBIC, DBMATE, LIMBECK, version, write

ROWS = 1_000_000
CLIENTS = 20
RATE = 100
WARM_UP = 2
READER = 10
# What comes before and after the reader: a tool that starts, retries, and the rest of an index.
REST = 12

MIGRATIONS = {
    "column": ("Add a column", "ALTER TABLE accounts ADD COLUMN plan TEXT"),
    "not_null": ("Add a NOT NULL", "ALTER TABLE accounts ALTER COLUMN owner SET NOT NULL"),
    "index": ("Build an index", "CREATE INDEX CONCURRENTLY ix_owner ON accounts (owner)"),
}

TRANSACTION = """\\set id random(1, {rows})
BEGIN;
SELECT balance FROM accounts WHERE id = :id;
UPDATE accounts SET balance = balance + 1 WHERE id = :id;
COMMIT;
"""

TABLE = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, owner TEXT) WITH (fillfactor = 80);
INSERT INTO accounts SELECT n, 0, md5(n::text) FROM generate_series(1, {rows}) n;
VACUUM ANALYZE accounts;
CHECKPOINT;
"""


def make_revisions(base):
    """Each migration in the form of each tool."""
    for name, (_, sql) in MIGRATIONS.items():
        alone = "CONCURRENTLY" in sql
        write(f"{base}/{name}/limbeck/001_step.sql", f"-- limbeck:upgrade{' autocommit' if alone else ''}\n{sql};\n")
        write(
            f"{base}/{name}/dbmate/001_step.sql",
            f"-- migrate:up{' transaction:false' if alone else ''}\n{sql};\n\n-- migrate:down\n",
        )
        body = f'op.execute("{sql}")'
        if alone:
            body = f"with op.get_context().autocommit_block():\n        {body}"
        write(
            f"{base}/{name}/alembic/versions/001_step.py",
            f'from alembic import op\n\nrevision = "001"\ndown_revision = None\n\n\ndef upgrade():\n    {body}\n',
        )
        write(f"{base}/{name}/alembic/env.py", measure.ENV_PY)
        write(f"{base}/{name}/alembic.ini", f"[alembic]\nscript_location = {base}/{name}/alembic\n")


class Server:
    def __init__(self, port, rows):
        self.port = port
        self.rows = rows
        self.psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]

    def sql(self, database, *statements):
        commands = [word for sql in statements for word in ("-c", sql)]
        measure.run([*self.psql, "-d", database, *commands])

    def prepare(self):
        self.sql("postgres", "CREATE DATABASE live")
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(TABLE.format(rows=self.rows))
            file.flush()
            measure.run([*self.psql, "-d", "live", "-f", file.name])

    def fresh(self):
        self.sql("postgres", "DROP DATABASE IF EXISTS app", "CREATE DATABASE app TEMPLATE live", "CHECKPOINT")

    def tools(self, base, name, sql):
        """How each tool runs a migration: its command, and what it needs in its environment."""
        place = f"127.0.0.1:{self.port}/app"
        directory = f"{base}/{name}"
        dbmate = [DBMATE, "--url", f"postgres://postgres@{place}?sslmode=disable", "-d", f"{directory}/dbmate"]
        limbeck = [LIMBECK, "-q", "--dir", f"{directory}/limbeck", "--url", f"postgresql://postgres@{place}"]
        return {
            "limbeck": ([*limbeck, "upgrade", "head"], {}),
            "Alembic": (
                [ALEMBIC, "-c", f"{directory}/alembic.ini", "upgrade", "head"],
                {"BENCH_URL": f"postgresql+psycopg2://postgres@{place}"},
            ),
            "dbmate": ([*dbmate, "--no-dump-schema", "migrate"], {}),
            "psql": ([*self.psql, "-d", "app", "-c", sql], {}),
        }

    @contextlib.contextmanager
    def load(self, home, seconds):
        """pgbench at work, for a fixed time. Its logs, in `home`, are complete once the block is left."""
        pgbench = sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))[-1]
        script = f"{home}/transaction.sql"
        write(script, TRANSACTION.format(rows=self.rows))
        command = [pgbench, "-n", "-f", script, "-c", CLIENTS, "-R", RATE, "-T", seconds, "-M", "prepared", "-l"]
        command += ["--log-prefix", f"{home}/log", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "app"]
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        yield process
        output, _ = process.communicate()
        if process.returncode:
            sys.exit(f"pgbench failed:\n{output[-2000:]}")

    @contextlib.contextmanager
    def reader(self):
        """Somebody who has read the table in a transaction that stays open."""
        command = [*self.psql, "-A", "-t", "-d", "app"]
        reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        reader.stdin.write("BEGIN;\nSELECT count(*) FROM accounts WHERE id < 100;\n")
        reader.stdin.flush()
        reader.stdout.readline()
        yield
        reader.communicate("COMMIT;\n")
        if reader.returncode:
            sys.exit("the reader failed")

    def wait_for_migration(self, process):
        """Until the migration stands before the reader: the tools need different times until then."""
        sql = (
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = 'app' "
            "AND application_name <> 'pgbench'"
        )
        while process.poll() is None:
            if subprocess.check_output([*self.psql, "-A", "-t", "-d", "app", "-c", sql]).strip() != b"0":
                return
            time.sleep(0.1)


def experience(server, command, environment, seconds):
    """Runs a migration (or none) under load. Gives what the application felt, and how long the migration took."""
    server.fresh()
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+") as output:
        took = ""
        with server.load(home, WARM_UP + seconds + REST) as load:
            time.sleep(WARM_UP)
            with server.reader():
                start = time.time()
                if command:
                    environment = {**os.environ, **environment}
                    migration = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
                    server.wait_for_migration(migration)
                time.sleep(seconds)
            if command:
                if migration.wait():
                    output.seek(0)
                    sys.exit(f"{command} failed:\n{output.read()[-2000:]}")
                took = f"{time.time() - start:.1f} s"
                if load.poll() is not None:
                    took += ", longer than the load"
        return felt(home, start), took


def felt(home, start):
    """From pgbench's log: client, number, microseconds from when it was due, script, end in seconds and microseconds, lag."""
    ends, latencies = [start], []
    for path in glob.glob(f"{home}/log.*"):
        with open(path) as log:
            for line in log:
                _, _, latency, _, second, microsecond, _ = line.split()
                end = int(second) + int(microsecond) / 1e6
                if end >= start:
                    ends.append(end)
                    latencies.append(int(latency) / 1e6)
    ends.sort()
    latencies.sort()
    if not latencies:
        sys.exit("pgbench logged nothing")
    return {
        "stall": max(after - before for before, after in zip(ends, ends[1:])),
        "slowest": latencies[-1],
        "p99": latencies[int(len(latencies) * 0.99)],
        "median": latencies[len(latencies) // 2],
        "count": len(latencies),
    }


def row(tool, result, took):
    return (
        f"| {tool} | {result['stall']:.2f} s | {result['slowest']:.2f} s | {result['p99'] * 1000:.0f} ms "
        f"| {result['median'] * 1000:.1f} ms | {result['count']} | {took} |"
    )


HEAD = (
    "| | longest time in which nothing was done | slowest transaction | p99 | median | transactions | the migration took |\n"
    "|---|---|---|---|---|---|---|"
)


def page(text, rows, seconds):
    header = [
        "# What an application feels while it is migrated",
        "",
        f"Written by `bench/live` on {datetime.date.today()}: {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        "all tools in one run, one after the other, each on a fresh copy of one database, on one server with default settings.",
        "",
        f"A table of {rows:,} rows. pgbench selects and updates a row by its key in a transaction, {RATE} times a second, with "
        f"{CLIENTS} connections. A transaction's time counts from when it was due. Somebody has read the table in a transaction, "
        f"which stays open for {seconds} seconds from when the migration stands before it. All tools run the same "
        "SQL with their defaults: for limbeck that is a `lock_timeout` of 3 s, and retries.",
        "",
        f"- {version([LIMBECK, '--version'])}",
        f"- {version([ALEMBIC, '--version'])}, {platform.python_implementation()} {platform.python_version()}",
        f"- {version([DBMATE, '--version'])}",
        f"- {version(['psql', '--version'])}, which has the server's version too",
    ]
    return "\n".join(header + text) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="a small table and a short reader, to try it; writes no file")
    short = arguments.parse_args().short
    rows, seconds = (100_000, 5) if short else (ROWS, READER)
    text = []
    with tempfile.TemporaryDirectory(prefix="limbeck-live-") as base, measure.postgres() as port:
        make_revisions(base)
        server = Server(port, rows)
        server.prepare()
        result = experience(server, None, None, seconds)
        text += ["", "### Nothing", "", HEAD, row("no migration", *result)]
        for name, (title, sql) in MIGRATIONS.items():
            text += ["", f"### {title}", "", f"`{sql}`", "", HEAD]
            for tool, (command, environment) in server.tools(base, name, sql).items():
                print(f"{title}: {tool}", file=sys.stderr)
                text.append(row(tool, *experience(server, command, environment, seconds)))
    result = page(text, rows, seconds)
    print(result)
    if not short:
        write(os.path.join(measure.ROOT, "bench", "results-live.md"), result)


if __name__ == "__main__":
    main()
