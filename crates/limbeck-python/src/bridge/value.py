"""What the database answers, as the values that its usual driver makes of it."""

import base64
import datetime
import decimal
import json
import re
import uuid


class Unknown(Exception):
    """A value of a type that is not known here."""


def decoder(dialect):
    """Returns what makes a value of a cell: numbers, texts and booleans come as they are."""
    others = {"postgresql": _psycopg2, "sqlite": _text}.get(dialect, _pymysql)
    # psycopg2 hands out its buffer.
    binary = memoryview if dialect == "postgresql" else bytes

    def decode(cell):
        if not isinstance(cell, dict):
            return cell
        ((kind, content),) = cell.items()
        if kind == "bytes":
            return binary(base64.b64decode(content))
        if kind == "float":
            return float(content)
        if kind == "decimal":
            return decimal.Decimal(content)
        return others(*content)

    return decode


def _text(text, _):
    return text


DATE = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: (.*))?")
TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?")


def _time(text):
    match = TIME.fullmatch(text)
    if match is None:
        raise Unknown("the time '%s' is not one that Python has" % text)
    hour, minute, second, fraction, sign, *offset = match.groups()
    zone = None
    if sign:
        hours, minutes, seconds = (int(part or 0) for part in offset)
        delta = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
        zone = datetime.timezone(-delta if sign == "-" else delta)
    # 24:00 is the end of a day.
    return datetime.time(int(hour) % 24, int(minute), int(second), int((fraction or "").ljust(6, "0")), zone)


def _date(text):
    match = DATE.fullmatch(text)
    if match is None or match[4]:
        raise Unknown("the date '%s' is not one that Python has" % text)
    return datetime.date(*(int(part) for part in match.groups()[:3]))


def _timestamp(text):
    match = DATE.fullmatch(text)
    if match is None or not match[4]:
        raise Unknown("the time '%s' is not one that Python has" % text)
    date = datetime.date(*(int(part) for part in match.groups()[:3]))
    return datetime.datetime.combine(date, _time(match[4]))


def _unless_infinite(read, kind):
    ends = {"infinity": kind.max, "-infinity": kind.min}
    return lambda text: ends[text] if text in ends else read(text)


INTERVAL = re.compile(r"([+-]?\d+) (year|mon|day)s? ?")
CLOCK = re.compile(r"([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
DAYS = {"year": 365, "mon": 30, "day": 1}


def _interval(text):
    """An interval in PostgreSQL's own style. A month is 30 days to psycopg2, and a year 365."""
    days = sum(int(count) * DAYS[unit] for count, unit in INTERVAL.findall(text))
    rest = INTERVAL.sub("", text).strip()
    clock = _clock(rest) if rest else datetime.timedelta(0)
    if clock is None:
        raise Unknown("the interval '%s' is not in the style 'postgres'" % text)
    return datetime.timedelta(days=days) + clock


def _clock(text):
    match = CLOCK.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes, seconds, fraction = match.groups()
    micros = int((fraction or "").ljust(6, "0"))
    delta = datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds), microseconds=micros)
    return -delta if sign == "-" else delta


PSYCOPG2 = {
    "timestamp": _unless_infinite(_timestamp, datetime.datetime),
    "timestamp with time zone": _unless_infinite(_timestamp, datetime.datetime),
    "date": _unless_infinite(_date, datetime.date),
    "time": _time,
    "time with time zone": _time,
    "interval": _interval,
    "json": json.loads,
    "jsonb": json.loads,
    "uuid": uuid.UUID,
}

#: What else psycopg2 has arrays of.
PLAIN = {
    "boolean": lambda text: text == "t",
    "smallint": int,
    "integer": int,
    "bigint": int,
    "oid": int,
    "real": float,
    "double precision": float,
    "numeric": decimal.Decimal,
    "bytea": lambda text: memoryview(bytes.fromhex(text[2:])),
    "text": str,
    "character varying": str,
    "character": str,
    "char": str,
    "name": str,
    "inet": str,
    "cidr": str,
    "macaddr": str,
}

RANGES = re.compile(r"(int4|int8|num|ts|tstz|date)(multi)?range(\[\])?")


def _psycopg2(text, kind):
    read = PSYCOPG2.get(kind)
    if read is not None:
        return read(text)
    if RANGES.fullmatch(kind):
        raise Unknown("a value of the type %s ('%s') can't be handed to Python: select it as text" % (kind, text))
    element = kind[:-2] if kind.endswith("[]") else None
    read = PSYCOPG2.get(element) or PLAIN.get(element)
    # psycopg2 hands out the text of every other type.
    return text if read is None else _array(text, read)


ITEM = re.compile(r'([{}])|"((?:[^"\\]|\\.)*)"|([^{},"]+)|,', re.DOTALL)


def _array(text, read):
    # Bounds of its own: [0:1]={1,2}
    text = text[text.index("{") :]
    outer = []
    open_ = [outer]
    for item in ITEM.finditer(text):
        brace, quoted, plain = item.groups()
        if brace == "{":
            inner = []
            open_[-1].append(inner)
            open_.append(inner)
        elif brace == "}":
            open_.pop()
        elif quoted is not None:
            open_[-1].append(read(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)))
        elif plain:
            open_[-1].append(None if plain == "NULL" else read(plain))
    return outer[0]


def _pymysql(text, kind):
    if kind == "time":
        clock = _clock(text)
        return text if clock is None else clock
    read = {"datetime": _timestamp, "timestamp": _timestamp, "date": _date}.get(kind)
    if read is None:
        return text
    try:
        return read(text)
    except (Unknown, ValueError):
        # MySQL's zero dates are texts to PyMySQL.
        return text
