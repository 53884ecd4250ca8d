"""The driver itself."""

import datetime
import random
import sqlite3

from alembic import op


def upgrade():
    connection = op.get_bind().connection
    cursor = connection.cursor()
    numbers = [5e-324, 1.7976931348623157e308, -0.0, 0.1, 9007199254740991.0, 2**63 - 1, -(2**63), 1e300, 123456789.123456789]
    chance = random.Random(7)
    numbers += [chance.uniform(-1, 1) * 10 ** chance.randint(-300, 300) for _ in range(300)]
    texts = ["a\0b", "\0", "", "'", "''?:x", "é"]
    for value in [*numbers, *texts, float("inf"), float("nan"), True, None, b"", b"\0\xff", datetime.date(2020, 1, 2)]:
        row = cursor.execute("SELECT ?, typeof(?1), '?', \"?\" /* ? */ FROM (SELECT 1 AS \"?\") -- ?", (value,)).fetchone()
        print(repr(value), row)
    print(cursor.execute("SELECT :b, :a, :b", {"a": 1, "b": "x"}).fetchall())
    for statement, values in [("SELECT ?", ()), ("SELECT ?", (1, 2)), ("SELECT ?", (object(),)), ("SELECT :a", {})]:
        try:
            cursor.execute(statement, values)
        except sqlite3.Error as error:
            print(type(error).__name__ == "ProgrammingError" or type(error).__name__)
    cursor.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    cursor.execute("INSERT INTO t (name) VALUES ('a')")
    print(cursor.lastrowid, cursor.rowcount)
    cursor.executemany("INSERT INTO t (name) VALUES (?)", [(str(number),) for number in range(1200)])
    print(cursor.rowcount, cursor.execute("SELECT count(*), max(id) FROM t").fetchone())
    cursor.execute("SELECT id FROM t ORDER BY id")
    print(cursor.fetchmany(3), cursor.fetchone(), next(cursor), len(cursor.fetchall()), cursor.fetchone())
