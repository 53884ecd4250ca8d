"""A connection for the tests: runs SQL with the database's usual driver, and answers with typed values, a line of JSON each.

CONNECTION: sqlite FILE, or postgresql/mariadb with the driver's arguments as JSON.
"""

import base64
import json
import sys


def sqlite(file):
    import sqlite3

    return sqlite3, sqlite3.connect(file, isolation_level=None), None


def postgresql(arguments):
    import psycopg2
    from psycopg2 import extensions

    connection = psycopg2.connect(**json.loads(arguments))
    connection.autocommit = True
    # Every value as its text.
    text = extensions.new_type(tuple(extensions.string_types), "TEXT", lambda value, _: value)
    extensions.register_type(text, connection)
    return psycopg2, connection, Types(connection)


class Types(dict):
    """The names and kinds of types, by their numbers."""

    def __init__(self, connection):
        self.connection = connection

    def __missing__(self, oid):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT format_type(oid, NULL), typtype FROM pg_type WHERE oid = %d" % oid)
            self[oid] = cursor.fetchone()
        return self[oid]


def mariadb(arguments):
    import pymysql

    # Numbers and times as their texts; the driver itself wants to write a few words.
    conversions = {bool: lambda value, _: str(int(value)), str: lambda value, _: "'%s'" % value}
    return pymysql, pymysql.connect(**json.loads(arguments), conv=conversions, charset="utf8mb4"), None


WHOLE = {"smallint", "integer", "bigint", "oid"}
TEXTS = {"text", "character varying", "character", "name", '"char"', "unknown"}


def of_postgresql(cell, code, types):
    name, kind = types[code]
    name = name.replace(" without time zone", "")
    if name == "boolean":
        return cell == "t"
    if name in WHOLE:
        return int(cell)
    if name in ("real", "double precision"):
        return {"float": cell}
    if name == "numeric":
        return {"decimal": cell}
    if name == "bytea":
        return {"bytes": base64.b64encode(bytes.fromhex(cell[2:])).decode()}
    if name in TEXTS or kind == "e":
        return cell
    return {"other": [cell, name]}


NUMBERS = {1, 2, 3, 8, 9, 13}
NAMED = {7: "timestamp", 10: "date", 11: "time", 12: "datetime", 245: "json"}


def of_mariadb(cell, field):
    code, is_bytes = field.type_code, field.charsetnr == 63
    if isinstance(cell, bytes) and (code == 16 or is_bytes and code in (15, 249, 250, 251, 252, 253, 254)):
        return {"bytes": base64.b64encode(cell).decode()}
    if isinstance(cell, bytes):
        cell = cell.decode()
    if code in NUMBERS:
        return int(cell)
    if code in (4, 5):
        return {"float": cell}
    if code in (0, 246):
        return {"decimal": cell}
    return {"other": [cell, NAMED[code]]} if code in NAMED else cell


def of_sqlite(cell):
    if isinstance(cell, bytes):
        return {"bytes": base64.b64encode(cell).decode()}
    return {"float": repr(cell)} if isinstance(cell, float) else cell


def cells(kind, cursor, row, types):
    for at, (cell, column) in enumerate(zip(row, cursor.description)):
        if cell is None:
            yield None
        elif kind == "sqlite":
            yield of_sqlite(cell)
        elif kind == "postgresql":
            yield of_postgresql(cell, column[1], types)
        else:
            yield of_mariadb(cell, cursor._result.fields[at])


def code(error):
    known = getattr(error, "pgcode", None) or getattr(error, "sqlite_errorname", None)
    return known or (str(error.args[0]) if len(error.args) > 1 else None)


def answer(kind, module, connection, types, sql):
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
    except module.Error as error:
        names = [base.__name__ for base in type(error).__mro__]
        known = ("IntegrityError", "ProgrammingError", "OperationalError", "DataError", "DatabaseError")
        kind_ = next(name for name in known if name in names)
        return {"class": kind_, "message": str(error.args[-1]).strip(), "code": code(error)}
    rows = cursor.fetchall() if cursor.description else []
    return {
        "columns": [column[0] for column in cursor.description or []],
        "rows": [list(cells(kind, cursor, row, types)) for row in rows],
        "affected": max(cursor.rowcount, len(rows)),
    }


def main(kind, place):
    module, connection, types = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mariadb}[kind](place)
    for line in sys.stdin:
        print(json.dumps(answer(kind, module, connection, types, json.loads(line))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
