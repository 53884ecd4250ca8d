"""Runs each revision of a history on tables that have rows, by genuine Alembic and by limbeck, and compares the rows afterwards.

rows.py ROOT VERSIONS LIMBECK ALEMBIC_INI DIRECTORY

Before each revision, tables without rows get some; where genuine Alembic fails over them, they get others, and then none. Prints
`revisions: HOW_MANY HOW_MANY_ON_ROWS`, and then what differs.
"""

import datetime
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import uuid

import reference

OWN = ("alembic_version", "limbeck_journal", "limbeck_lease", "limbeck_lock", "sqlite_sequence")
ROWS = (1, 2, 3)
A_NUMBER_OF_ITS_OWN = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def tables(connection):
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
    return {name: sql for name, sql in rows if name not in OWN and not name.startswith("sqlite_")}


def value(column_type, name, row, allowed, documents):
    """Something that fits a column; `documents` says that texts are JSON."""
    kind = column_type.upper()
    if allowed:
        return allowed[row % len(allowed)]
    if "JSON" in kind or documents and kind == "TEXT":
        return '{"k": [%d, "x"], "name": "n"}' % row
    if "DATETIME" in kind or "TIMESTAMP" in kind:
        return f"2024-01-0{row} 03:04:05.000000"
    if "DATE" in kind:
        return f"2024-01-0{row}"
    if "BOOL" in kind:
        return row % 2
    if "INT" in kind:
        return row
    if any(word in kind for word in ("FLOAT", "NUM", "REAL", "DEC", "DOUBLE")):
        return row + 0.5
    if "BLOB" in kind or "BINARY" in kind:
        return bytes([row, 255])
    if "CHAR(32)" in kind or "CHAR(36)" in kind or "UUID" in kind:
        return uuid.uuid5(uuid.NAMESPACE_DNS, str(row)).hex
    return f"{name[:5]}{row}"


def fill(connection, documents=False):
    """Gives rows to the tables that have none; tells how many have some afterwards."""
    filled = 0
    for table, sql in tables(connection).items():
        if connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0]:
            filled += 1
            continue
        parents = {
            row[3]: (row[2], row[4] or "id") for row in connection.execute(f"PRAGMA foreign_key_list({quoted(table)})")
        }
        columns = connection.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall()
        columns = [column for column in columns if column[6] == 0]
        for row in ROWS:
            values = []
            for _, name, kind, *_ in columns:
                choice = re.search(rf"{re.escape(name)}\"? IN \(([^)]*)\)", sql or "")
                allowed = re.findall(r"'([^']*)'", choice.group(1)) if choice else []
                there = None
                if name in parents:
                    parent, key = parents[name]
                    try:
                        found = connection.execute(f"SELECT {quoted(key)} FROM {quoted(parent)}").fetchall()
                        there = found[(row - 1) % len(found)][0] if found else None
                    except sqlite3.Error:
                        there = None
                values.append(value(kind, name, row, allowed, documents) if there is None else there)
            names = ", ".join(quoted(column[1]) for column in columns)
            marks = ", ".join("?" * len(columns))
            try:
                connection.execute(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", values)
            except sqlite3.Error:
                break
        filled += bool(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])
    connection.commit()
    return filled


def empty(connection):
    for table in tables(connection):
        connection.execute(f"DELETE FROM {quoted(table)}")


def content(path):
    """All rows: table -> rows as dictionaries."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        every = {}
        for table in tables(connection):
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {quoted(table)}")]
            every[table] = rows
        return every


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def alike(one, other):
    """Whether two values are the same, or both were made by the clock or by chance."""
    if one == other and type(one) is type(other):
        return True
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one > 1_600_000_000 and abs(one / other - 1) < 1e-6
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    times = moment(one), moment(other)
    if all(times):
        return abs((times[0] - times[1]).total_seconds()) < 60
    return bool(A_NUMBER_OF_ITS_OWN.fullmatch(one) and A_NUMBER_OF_ITS_OWN.fullmatch(other))


def differences(theirs, ours):
    for table in sorted(theirs.keys() | ours.keys()):
        one, other = theirs.get(table), ours.get(table)
        if one is None or other is None or len(one) != len(other):
            yield f"{table}: {one!r} and {other!r}"
            continue
        for left, right in zip(one, other):
            for column in left.keys() | right.keys():
                if column not in left or column not in right or not alike(left[column], right[column]):
                    yield f"{table}.{column}: {left.get(column)!r} and {right.get(column)!r}"


def main():
    root, versions, limbeck, ini, directory = sys.argv[1:6]
    reference.stand_in_for_what_is_missing(root)
    from alembic import command
    from alembic.script import ScriptDirectory

    theirs, ours, before = (os.path.join(directory, name) for name in ("theirs.db", "ours.db", "before.db"))
    config = reference.configuration(root, versions, f"sqlite:///{theirs}", directory)
    config.set_main_option("sqlalchemy.url", f"sqlite:///{theirs}")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    on_rows, wrong = 0, []
    sqlite3.connect(theirs).close()
    for revision in reversed(revisions):
        with sqlite3.connect(theirs) as connection:
            filled = fill(connection)
        shutil.copy(theirs, before)
        for attempt in ("texts", "documents", "nothing"):
            if attempt != "texts":
                with sqlite3.connect(before) as connection:
                    empty(connection)
                    filled = fill(connection, documents=True) if attempt == "documents" else 0
            # The failed one may have left a journal, and has the file open.
            for path in (theirs, f"{theirs}-journal"):
                if os.path.exists(path):
                    os.remove(path)
            shutil.copy(before, theirs)
            try:
                command.upgrade(config, revision)
                break
            except Exception as error:
                print(f"{revision} fails on {attempt}: {type(error).__name__}: {str(error)[:150]}", file=sys.stderr)
                if attempt == "nothing":
                    raise
        on_rows += filled > 0
        shutil.copy(before, ours)
        run = [limbeck, "-c", ini, "-q", "--url", f"sqlite:///{ours}", "upgrade", revision]
        result = subprocess.run(run, capture_output=True, text=True)
        if result.returncode:
            wrong.append(f"{revision}: limbeck fails: {result.stdout}{result.stderr}")
            continue
        wrong.extend(f"{revision}: {line}" for line in differences(content(theirs), content(ours)))
    print("revisions:", len(revisions), on_rows)
    for line in wrong:
        print(line)


main()
