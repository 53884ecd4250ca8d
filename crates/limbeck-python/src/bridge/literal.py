"""Values as SQL, written so that the database gets the value that the usual driver would send it."""

import datetime
import decimal
import math
import re
import uuid


class Unknown(Exception):
    """A value that the database's usual driver does not take either."""


def psycopg2(value):
    """A value as psycopg2 writes it. A minus has a space before it, since two of them begin a comment."""
    text = _postgresql(value)
    return " " + text if text.startswith("-") else text


def _postgresql(value):
    if value is None:
        return "NULL"
    for kind, write in POSTGRESQL:
        if isinstance(value, kind):
            return write(value)
    return _adapted(value)


def _adapted(value):
    """A value that psycopg2 has an adapter for: its Json and ranges, and what the program has registered."""
    try:
        from psycopg2 import extensions, extras

        adapter = extensions.adapt(value)
        if isinstance(adapter, extras.Json):
            return _quoted(adapter.dumps(adapter.adapted))
        text = adapter.getquoted().decode()
    except Exception:
        text = None
    # Without a connection of its own psycopg2 doesn't know what a backslash means.
    if text is None or "\\" in text:
        raise Unknown("can't adapt type '%s'" % type(value).__name__)
    return text


def _quoted(value):
    text = str.__str__(value)
    if "\0" in text:
        raise ValueError("A string literal cannot contain NUL (0x00) characters.")
    text = text.replace("'", "''")
    # Whatever standard_conforming_strings says.
    return "E'" + text.replace("\\", "\\\\") + "'" if "\\" in text else "'" + text + "'"


def _real(value):
    text = float.__repr__(value)
    return text if math.isfinite(value) else "'%s'::float" % text


def _number(value):
    if value.is_finite():
        return str(value)
    if value.is_infinite():
        return "'%s'::numeric" % value
    return "'NaN'::numeric"


def _interval(value):
    return "'%d days %d.%06d seconds'::interval" % (value.days, value.seconds, value.microseconds)


def _time(value):
    return "'%s'::%s" % (value.isoformat(), "time" if value.tzinfo is None else "timetz")


def _timestamp(value):
    return "'%s'::%s" % (value.isoformat(), "timestamp" if value.tzinfo is None else "timestamptz")


def _array(values):
    if not values:
        return "'{}'"
    # Without a type, so that it fits every column.
    if all(value is None for value in values):
        return "'{%s}'" % ",".join(["NULL"] * len(values))
    return "ARRAY[%s]" % ",".join(psycopg2(value) for value in values)


BYTES = (bytes, bytearray, memoryview)

#: The first kind that a value is of counts: a bool is an int, a datetime a date.
POSTGRESQL = (
    (bool, lambda value: "true" if value else "false"),
    (int, int.__repr__),
    (float, _real),
    (decimal.Decimal, _number),
    (str, _quoted),
    (BYTES, lambda value: r"E'\\x%s'::bytea" % bytes(value).hex()),
    (datetime.datetime, _timestamp),
    (datetime.date, lambda value: "'%s'::date" % value.isoformat()),
    (datetime.time, _time),
    (datetime.timedelta, _interval),
    (uuid.UUID, lambda value: "'%s'::uuid" % value),
    (list, _array),
    (tuple, lambda values: "(%s)" % ", ".join(psycopg2(value) for value in values)),
)


def sqlite3(value):
    """A value as sqlite3 sends it."""
    import sqlite3 as module

    if value is None:
        return "NULL"
    if isinstance(value, float):
        return _sqlite_real(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        # The smallest one is no number with a minus before it.
        return "(%d - 1)" % (value + 1) if value == -(2**63) else "%d" % value
    if isinstance(value, BYTES):
        return "X'%s'" % bytes(value).hex()
    adapter = module.adapters.get((type(value), module.PrepareProtocol))
    if adapter is not None:
        return sqlite3(adapter(value))
    if hasattr(value, "__conform__"):
        return sqlite3(value.__conform__(module.PrepareProtocol))
    if isinstance(value, str):
        parts = str.__str__(value).replace("'", "''").split("\0")
        text = "'" + "' || char(0) || '".join(parts) + "'"
        return "(" + text + ")" if len(parts) > 1 else text
    raise Unknown("type '%s' is not supported" % type(value).__name__)


def _sqlite_real(value):
    if math.isnan(value):
        return "NULL"
    if math.isinf(value):
        return "9e999" if value > 0 else "-9e999"
    # SQLite reads up to 15 digits exactly.
    if float("%.15g" % value) == value:
        return float.__repr__(value)
    # A fraction of whole numbers is exact always, because its denominator is a power of two.
    numerator, denominator = value.as_integer_ratio()
    factor = "*" if denominator == 1 else "/"
    # 2**53 numbers, and steps by which nothing is lost.
    shift = max(abs(numerator).bit_length() - 53, 0)
    steps, rest = divmod(shift or denominator.bit_length() - 1, 62)
    powers = [2**62] * steps + [2**rest]
    text = "CAST(%d AS REAL)" % (numerator >> shift)
    return "(" + text + "".join("%s%d" % (factor, power) for power in powers) + ")"


def pymysql(value, backslashes=True):
    """A value as PyMySQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unknown("%r can not be used with MySQL" % value)
        text = float.__repr__(value)
        # Without an exponent it would be a decimal.
        return text if "e" in text else text + "e0"
    if isinstance(value, str):
        text = str.__str__(value).replace("'", "''")
        return "'" + (text.replace("\\", "\\\\") if backslashes else text) + "'"
    if isinstance(value, BYTES):
        return "X'%s'" % bytes(value).hex()
    if isinstance(value, uuid.UUID):
        return "'%s'" % value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        # MySQL has no zones, and PyMySQL leaves them out.
        return "'%s'" % value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, datetime.date):
        return "'%s'" % value.isoformat()
    if isinstance(value, datetime.time):
        return "'%s'" % value.replace(tzinfo=None).isoformat()
    if isinstance(value, datetime.timedelta):
        return _mysql_time(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return "(%s)" % ",".join(pymysql(item, backslashes) for item in value)
    raise Unknown("a value of the type '%s' can not be used as parameter" % type(value).__name__)


def _mysql_time(value):
    micros = abs(value) // datetime.timedelta(microseconds=1)
    minutes, micros = divmod(micros, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds, micros = divmod(micros, 1_000_000)
    sign = "-" if value < datetime.timedelta(0) else ""
    fraction = ".%06d" % micros if micros else ""
    return "'%s%02d:%02d:%02d%s'" % (sign, hours, minutes, seconds, fraction)


#: What stands between the places for parameters: quotes and comments may hold marks that are none.
SQLITE = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] | --[^\n]* | /\*.*?(?:\*/|\Z)
    | (?P<number>\?\d*) | (?P<name>[:@$]\w+)""",
    re.VERBOSE | re.DOTALL,
)


def fill_marks(operation, parameters):
    """Puts parameters in the places of `?`, `?1` and `:name`."""
    named = hasattr(parameters, "keys")
    last = 0

    def value(match):
        nonlocal last
        number, name = match["number"], match["name"]
        if number is None and name is None:
            return match[0]
        if named:
            if name is None or name[1:] not in parameters:
                raise Unknown("You did not supply a value for binding parameter %s." % match[0])
            return sqlite3(parameters[name[1:]])
        at = int(number[1:]) if number and number[1:] else last + 1
        last = max(last, at)
        if at > len(parameters):
            raise Unknown(wrong_count(last, parameters))
        return sqlite3(parameters[at - 1])

    text = SQLITE.sub(value, operation)
    if not named and last != len(parameters):
        raise Unknown(wrong_count(last, parameters))
    return text


def wrong_count(used, parameters):
    return "Incorrect number of bindings supplied. The current statement uses %d, and there are %d supplied." % (
        used,
        len(parameters),
    )


def fill_formats(operation, parameters, literal):
    """Puts parameters in the places of `%s` and `%(name)s`; `%%` is a percent sign."""
    if hasattr(parameters, "keys"):
        return operation % Literals(parameters, literal)
    if isinstance(parameters, (list, tuple)):
        return operation % tuple(literal(value) for value in parameters)
    return operation % literal(parameters)


class Literals(dict):
    """Literals of those parameters that are asked for."""

    def __init__(self, parameters, literal):
        super().__init__()
        self._parameters = parameters
        self._literal = literal

    def __missing__(self, name):
        return self._literal(self._parameters[name])
