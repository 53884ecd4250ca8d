"""A database driver (PEP 249) whose statements limbeck runs, on its own connection and in its own transaction."""

import datetime
import decimal
import importlib
import time

from limbeck_bridge import literal, value


class Warning(Exception):
    pass


class Error(Exception):
    pass


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


EXCEPTIONS = (
    Warning,
    Error,
    InterfaceError,
    DatabaseError,
    DataError,
    OperationalError,
    IntegrityError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
)

#: The drivers that this one behaves like, and their styles of parameters.
USUAL = {
    "postgresql": ("psycopg2", "pyformat"),
    "sqlite": ("sqlite3", "qmark"),
    "mysql": ("pymysql", "format"),
    "mariadb": ("pymysql", "format"),
}

#: The statements of an executemany() that travel at once.
BATCH = 500

#: The type codes of psycopg2 by which SQLAlchemy tells kinds of numbers.
FLOAT, NUMERIC, INTEGER, TEXT = 701, 1700, 23, 25


class Driver:
    """The module, as SQLAlchemy sees it."""

    __name__ = "limbeck_bridge.dbapi"
    # Of the drivers that this one stands for; SQLAlchemy refuses old ones.
    __version__ = "2.9.9"
    VERSION_STRING = "1.1.1"
    version_info = (1, 4, 6, "final", 1)
    apilevel = "2.0"
    threadsafety = 1

    Binary = bytes
    Date, Time, Timestamp = datetime.date, datetime.time, datetime.datetime
    STRING, BINARY, NUMBER, DATETIME, ROWID = str, bytes, float, datetime.datetime, int

    def __init__(self, wire, dialect):
        self.wire = wire
        self.dialect = dialect
        usual, self.paramstyle = USUAL[dialect]
        self._take_exceptions(usual)
        self._decode = value.decoder(dialect)
        #: Whether a backslash in a literal escapes what follows (MySQL).
        self.backslashes = True
        #: Counts the statements.
        self.count = 0
        #: The line at which the program has taken back what limbeck can't take back.
        self.taken_back = None
        self.autocommit = False
        if dialect == "sqlite":
            ((self.sqlite_version,),) = self.run(["SELECT sqlite_version()"])["rows"]
            self.sqlite_version_info = tuple(int(part) for part in self.sqlite_version.split("."))

    def _take_exceptions(self, usual):
        """Takes the classes of the usual driver, which programs catch, where it is installed."""
        try:
            known = importlib.import_module(usual)
        except Exception:
            known = None
        for own in EXCEPTIONS:
            setattr(self, own.__name__, getattr(known, own.__name__, own))

    @staticmethod
    def DateFromTicks(ticks):
        return datetime.date(*time.localtime(ticks)[:3])

    @staticmethod
    def TimeFromTicks(ticks):
        return datetime.time(*time.localtime(ticks)[3:6])

    @staticmethod
    def TimestampFromTicks(ticks):
        return datetime.datetime(*time.localtime(ticks)[:6])

    def connect(self, *_, **__):
        return Connection(self)

    def run(self, statements):
        """Runs statements, and returns what came of the last one."""
        self.check()
        self.count += 1
        answer = self._ask("run", sql=statements)
        try:
            answer["rows"] = [tuple(map(self._decode, row)) for row in answer["rows"]]
        except (value.Unknown, ValueError, ArithmeticError) as error:
            raise self.DataError(str(error)) from None
        return answer

    def check(self):
        """Refuses to go on where something should have been taken back."""
        if self.taken_back is not None:
            raise self.NotSupportedError(
                "line %d rolls back, but limbeck ends the transaction itself: use a savepoint (begin_nested)"
                % self.taken_back
            )

    def set_autocommit(self, on):
        if on == self.autocommit:
            return
        self._ask("autocommit", on=on)
        self.autocommit = on

    def _ask(self, kind, **message):
        answer = self.wire.ask(kind, **message)
        if "failure" in answer:
            error = self._error(answer)
            # By which limbeck knows it again.
            error.limbeck_failure = answer["failure"]
            raise error
        return answer

    def _error(self, answer):
        """The exception that the usual driver would raise, with the database's code where programs look for it."""
        kind, message, code = getattr(self, answer["class"]), answer["message"], answer["code"]
        if code is None:
            return kind(message)
        if self.dialect == "sqlite":
            error = kind(message)
            error.sqlite_errorname = code
        elif self.dialect != "postgresql":
            error = kind(int(code), message) if code.isdigit() else kind(message)
        elif kind.__module__ == __name__:
            error = kind(message)
            error.pgcode = code
        else:
            error = _of_psycopg2(kind, message, code)
        return error

    def fill(self, operation, parameters):
        """The statement with its parameters in it."""
        if parameters is None:
            return operation
        try:
            if self.dialect == "sqlite":
                return literal.fill_marks(operation, parameters)
            if self.dialect == "postgresql":
                return literal.fill_formats(operation, parameters, literal.psycopg2)
            write = lambda item: literal.pymysql(item, self.backslashes)
            return literal.fill_formats(operation, parameters, write)
        except literal.Unknown as error:
            raise self.ProgrammingError(str(error)) from None


def _of_psycopg2(kind, message, code):
    from psycopg2 import errors

    try:
        kind = errors.lookup(code)
    except KeyError:
        pass
    error = kind(message)
    # They can't be set otherwise.
    error.__setstate__({"pgcode": code, "pgerror": message})
    return error


class Connection:
    """A connection to the program's mind. All of them are limbeck's one."""

    def __init__(self, driver):
        self._driver = driver
        #: Whether there is something that a rollback would take back.
        self.is_changed = False
        self.closed = 0
        self.notices = []

    def __getattr__(self, name):
        # The exceptions are attributes too, as PEP 249 has it.
        if name in {kind.__name__ for kind in EXCEPTIONS}:
            return getattr(self._driver, name)
        raise AttributeError("limbeck's connection has no '%s': use cursor()" % name)

    def cursor(self, *_, **__):
        return Cursor(self, self._driver)

    def commit(self):
        """Ends nothing: limbeck commits when the revision is done."""
        self._driver.check()
        self.is_changed = False

    def rollback(self):
        """Can't be done. It matters only where the program goes on."""
        if self.is_changed:
            self._driver.taken_back = self._driver.wire.line()
            self.is_changed = False

    def close(self):
        self.rollback()
        self.closed = 1

    def execute(self, operation, parameters=None):
        return self.cursor().execute(operation, parameters)

    def executemany(self, operation, parameters):
        cursor = self.cursor()
        cursor.executemany(operation, parameters)
        return cursor

    def executescript(self, script):
        return self.cursor().execute(script)

    def character_set_name(self):
        return "utf8mb4"

    def set_isolation_level(self, level):
        """psycopg2's: 0 is autocommit."""
        self.autocommit = level in (0, "AUTOCOMMIT")

    @property
    def autocommit(self):
        return self._driver.autocommit

    @autocommit.setter
    def autocommit(self, on):
        self._driver.set_autocommit(bool(on))
        self.is_changed = False

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.commit()
        else:
            self.rollback()


class Cursor:
    arraysize = 1

    def __init__(self, connection, driver):
        self.connection = connection
        self._driver = driver
        self.description = None
        self.rowcount = -1
        self._rows = iter(())
        self._writes = False
        self._lastrowid = None
        self._count = 0

    def execute(self, operation, parameters=None):
        self._run([self._driver.fill(operation, parameters)])
        return self._returned()

    def executemany(self, operation, parameters):
        count, batch = 0, []
        for values in parameters:
            batch.append(self._driver.fill(operation, values))
            if len(batch) == BATCH:
                self._run(batch)
                count, batch = count + self.rowcount, []
        if batch:
            self._run(batch)
            count += self.rowcount
        self.rowcount = count
        return self._returned()

    def _returned(self):
        """What execute() returns is left open by PEP 249."""
        return {"postgresql": None, "sqlite": self}.get(self._driver.dialect, self.rowcount)

    def _run(self, statements):
        driver, connection = self._driver, self.connection
        self.description, self._rows, self.rowcount = None, iter(()), -1
        try:
            answer = driver.run(statements)
        except driver.Error:
            # A failure is what ends a transaction of PostgreSQL's.
            connection.is_changed |= driver.dialect == "postgresql" and not driver.autocommit
            raise
        self._writes = not answer["reads"]
        self._lastrowid, self._count = None, driver.count
        connection.is_changed |= self._writes and not driver.autocommit
        if answer["affected"] is not None:
            self.rowcount = answer["affected"]
        if answer["columns"]:
            rows = answer["rows"]
            codes = self._codes(rows, len(answer["columns"]))
            self.description = [
                (name, code, None, None, None, None, None) for name, code in zip(answer["columns"], codes)
            ]
            self._rows = iter(rows)

    def _codes(self, rows, count):
        if self._driver.dialect != "postgresql":
            return [None] * count
        first = [next((row[at] for row in rows if row[at] is not None), None) for at in range(count)]
        return [CODES.get(type(cell), TEXT) for cell in first]

    @property
    def lastrowid(self):
        """The id of the row that was inserted last; it is asked for when somebody wants it."""
        ask = {"postgresql": None, "sqlite": "SELECT last_insert_rowid()"}.get(
            self._driver.dialect, "SELECT LAST_INSERT_ID()"
        )
        if ask is None or not self._writes:
            return 0 if ask is None else None
        if self._lastrowid is None:
            if self._count != self._driver.count or self.rowcount < 0:
                raise self._driver.NotSupportedError("lastrowid is not known any more: ask right behind the INSERT")
            ((self._lastrowid,),) = self._driver.run([ask])["rows"]
        return self._lastrowid

    def mogrify(self, operation, parameters=None):
        text = self._driver.fill(operation, parameters)
        return text.encode() if self._driver.dialect == "postgresql" else text

    def executescript(self, script):
        return self.execute(script)

    def fetchone(self):
        self._has_rows()
        return next(self._rows, None)

    def fetchmany(self, size=None):
        self._has_rows()
        return self._collection(row for _, row in zip(range(size or self.arraysize), self._rows))

    def fetchall(self):
        self._has_rows()
        return self._collection(self._rows)

    def _collection(self, rows):
        return list(rows) if self._driver.dialect in ("sqlite", "postgresql") else tuple(rows)

    def _has_rows(self):
        if self.description is None and self._driver.dialect != "sqlite":
            raise self._driver.ProgrammingError("no results to fetch")

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._rows)

    def setinputsizes(self, *_):
        pass

    def setoutputsize(self, *_):
        pass

    def close(self):
        self._rows = iter(())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


#: Of a column without a value nothing is known; a number does no harm.
CODES = {float: FLOAT, int: INTEGER, decimal.Decimal: NUMERIC, type(None): NUMERIC}
