"""The driver itself, and types of MariaDB's own."""

import datetime
import decimal

import pymysql
import sqlalchemy as sa
from alembic import op


def upgrade():
    bind = op.get_bind()
    cursor = bind.connection.cursor()
    values = [
        None, True, 0, -1, 2**62, 1.5, -0.1, 5e-324, 0.1 + 0.2, decimal.Decimal("1.10"), decimal.Decimal("-1E+5"), "a'b\\c%s\n\0", "",
        b"\0\xff'\\", datetime.date(2024, 2, 29), datetime.time(1, 2, 3, 4), datetime.datetime(2024, 1, 1, 1, 1, 1, 123456),
        datetime.timedelta(hours=-30, microseconds=5), datetime.timedelta(hours=1),
    ]
    for value in values:
        cursor.execute("SELECT %s, 1-%s, '%%'", (value, 1))
        print(repr(value), cursor.fetchone())
    cursor.execute(
        "SELECT CAST('2024-01-02' AS DATE), CAST('-30:00:01.5' AS TIME(1)), CAST('2024-01-02 03:04:05.6' AS DATETIME(6)), "
        "CAST('0000-00-00' AS DATE), 18446744073709551615 > 1, 1.5e0, 1.50, b'101', X'ff', CAST(1 AS UNSIGNED)"
    )
    print(cursor.fetchone(), cursor.rowcount)
    cursor.execute("SELECT 1 FROM DUAL WHERE %s IN %s AND %(x)s" .replace(" AND %(x)s", ""), (3, [1, 2, 3]))
    print(cursor.fetchall())
    for value in [float("nan"), {"a": 1}]:
        try:
            cursor.execute("SELECT %s", (value,))
        except (pymysql.Error, TypeError) as error:
            print("refused")
    cursor.execute("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), y YEAR, s SET('a','b'), e ENUM('x','y'), j JSON)")
    print(cursor.execute("INSERT INTO t (name, y, s, e, j) VALUES (%s, 2024, 'a,b', 'x', %s)", ("n", '{"a": "\\\\"}')), cursor.lastrowid)
    print(cursor.executemany("INSERT INTO t (name) VALUES (%s)", [(str(number),) for number in range(700)]))
    print(cursor.execute("SELECT * FROM t LIMIT 1"), cursor.fetchall())
    table = sa.Table("t", sa.MetaData(), autoload_with=bind)
    print([(column.name, str(column.type)) for column in table.c])
    print(bind.execute(sa.select(table.c.j, table.c.e).limit(1)).all())
