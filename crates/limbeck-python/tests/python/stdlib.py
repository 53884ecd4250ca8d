import base64
import collections
import datetime
import enum
import functools
import hashlib
import itertools
import json
import math
import re
import string
import textwrap
import urllib.parse
import uuid
from collections import OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from operator import itemgetter
from typing import Any, Dict, List, Optional, Union

print(json.dumps({"b": [1, 2.5, None, True], "a": "é\"\n"}), json.dumps([], indent=2), json.dumps({"x": {"y": 1}, "a": 2}, indent=2, sort_keys=True))
print(json.loads('{"z": 1, "a": [1.0, null, true, "x"], "big": 12345678901}'), json.dumps("é", ensure_ascii=False), json.dumps({"a": 1}, separators=(",", ":")))
try:
    json.loads("{bad")
except json.JSONDecodeError:
    print("bad json")
try:
    json.loads("nope")
except ValueError as e:
    print(isinstance(e, json.JSONDecodeError))
d = datetime.datetime(2024, 2, 28, 13, 5, 6, 7)
print(d, d.isoformat(), d.year, d + datetime.timedelta(days=2, hours=12), d.strftime("%Y-%m-%d %H:%M:%S"), d.date(), repr(d), f"{d:%Y}")
print(datetime.datetime.fromisoformat("2024-01-02T03:04:05+02:00"), datetime.date(2024, 1, 31) + datetime.timedelta(days=1), datetime.timedelta(days=1, seconds=5), (d - datetime.datetime(2024, 1, 1)).total_seconds())
print(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc).isoformat(), datetime.datetime.fromtimestamp(0, datetime.timezone.utc), datetime.datetime.strptime("2024-05-06", "%Y-%m-%d"), d.replace(year=2020, microsecond=0))
print(d < datetime.datetime(2025, 1, 1), d == datetime.datetime(2024, 2, 28, 13, 5, 6, 7), datetime.timedelta(hours=25) > datetime.timedelta(days=1), datetime.time(1, 2))
u = uuid.UUID("12345678123456781234567812345678")
print(u, u.hex, repr(u), str(u) == "12345678-1234-5678-1234-567812345678", uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), {u: 1}[uuid.UUID(str(u))])
print(hashlib.md5(b"x").hexdigest(), hashlib.sha256("é".encode()).hexdigest(), hashlib.sha1(b"").hexdigest()[:8], base64.b64encode(b"hello").decode(), base64.b64decode("aGVsbG8="))
print(re.sub(r"(\w+)@(\w+)", r"\2 at \1", "user@host"), re.findall(r"\d+", "a1b22"), re.match(r"a(?P<n>\d)", "a1").group("n"), re.split(r"[,;]", "a,b;c"), bool(re.search("x", "abc")), re.compile(r"b+", re.I).sub("-", "aBBc"), re.sub("a", lambda m: m.group(0).upper(), "banana"))
print(re.match(r"(a)(b)?", "a").groups(), re.escape("a.b"), re.fullmatch("a+", "aaa") is not None, [m.group() for m in re.finditer("[a-c]", "xaybzc")])
print(textwrap.dedent("""
    one
      two

    three
"""), textwrap.indent("a\nb", "> "))


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"
    ALSO_RED = "red"

    @property
    def upper(self):
        return self.value.upper()

    @classmethod
    def first(cls):
        return cls.RED


class Level(enum.IntEnum):
    LOW = 1
    HIGH = enum.auto()


class Kind(str, enum.Enum):
    A = "a"
    B = "b"


print([c.name for c in Color], [c.value for c in Color], Color("blue").name, Color["RED"].value, Color.RED is Color.first(), Color.RED.upper, len(Color), Color.RED == "red", Color.RED)
print(Level.HIGH + 1, Level.LOW < Level.HIGH, list(Level)[0].name, Kind.A == "a", Kind.A.value, {"a": 1}[Kind.A], Kind.B.upper(), isinstance(Kind.A, Kind), Color.__members__["BLUE"].value, Color.RED in [Color.RED], json.dumps(Kind.A), "x" + Kind.A)


class Named(str, enum.Enum):
    """What others are below."""

    def __str__(self):
        return self.value

    @classmethod
    def values(cls):
        return [member.value for member in cls]


class Status(Named):
    OPEN = "open"
    DONE = "done"

    @property
    def is_finished(self):
        return self in {Status.DONE}


class Text(enum.StrEnum):
    A = "a"
    B_C = enum.auto()


class Number(int, enum.Enum):
    ONE = 1


class Shown(enum.Enum):
    A = 1

    def __str__(self):
        return f"<{self.name}>"


print(", ".join(f"'{status}'" for status in Status if status.is_finished), Status.values(), Status("open").name, len(Status), "%s %s" % (Status.OPEN, Status.DONE), "-" + Status.DONE, isinstance(Status.OPEN, Named), isinstance(Status.OPEN, Color), Status.OPEN == "open", str(Status["DONE"]))
print(str(Text.A), f"{Text.A:>3}", "{}".format(Text.B_C), str(Level.LOW), f"{Level.LOW:03d}", str(Kind.A), "%s" % Number.ONE, "%s" % Kind.A, "%s-%d" % (Kind.A, Level.HIGH), "%s" % Text.A, int(Level.HIGH), ["a", "b", "c"][Level.HIGH], max(Level).name, Number.ONE + 1, str(Shown.A), f"{Shown.A}", f"{Color.RED}")
try:
    Color("nope")
except ValueError as e:
    print(e)
dd = defaultdict(list)
dd["a"].append(1)
dd["a"].append(2)
counts = defaultdict(int)
for c in "hello":
    counts[c] += 1
print(dict(dd), dict(counts), sorted(counts.items(), key=itemgetter(1, ) if False else lambda p: (-p[1], p[0])), OrderedDict([("x", 1)])["x"])
P = namedtuple("P", ["x", "y"])
p = P(1, y=2)
x, y = p
print(p.x + p.y, x, y, p[1], list(itertools.chain([1], [2, 3])), list(itertools.islice(range(10), 2, 5)), functools.reduce(lambda a, b: a + b, [1, 2, 3]), functools.partial(pow if False else max, 5)(3))
print([(k, list(g)) for k, g in itertools.groupby("aabb")], list(itertools.product([1, 2], "a")), math.ceil(1.2), math.floor(-1.2), string.ascii_lowercase[:3], Decimal("1.50"), Decimal("1.5") == Decimal("1.50"), repr(Decimal(3)))


def typed(a: Optional[int], b: List[str] = None, c: Dict[str, Any] = {}, d: "Union[int, str]" = 1) -> Optional[str]:
    z: int = 5
    return z


print(typed(1), isinstance(d, datetime.datetime), isinstance(d, datetime.date), isinstance(u, uuid.UUID))
print(datetime.datetime(2016, 6, 20).toordinal(), datetime.date(1, 1, 1).toordinal())
print(urllib.parse.quote("a b/é?&", safe=""), urllib.parse.quote("a b/c"), urllib.parse.unquote("a%20b%2Fc%C3%A9%zz"))
print([f(x) for f in (math.isfinite, math.isinf, math.isnan) for x in (1, 1.5, float("inf"), float("nan"))])

# Files and their paths.
import abc
import importlib
import os.path
from pathlib import Path

here = Path(__file__)
print(here.name, here.suffix, here.stem, here.parent.name, here.parent == here.parent / "." , here.exists())
print((here.parent / ".." / "python").is_dir(), (here.parent / "none").exists(), here.with_suffix(".sql").name)
print(str(Path("a") / "b" / "../c"), Path("a/b").joinpath("c", "d"), "c" in str(Path("b", "c")))
print(here.read_text().splitlines()[0], here.parents[0] == here.parent)
with open(os.path.join(os.path.dirname(__file__), "classes.py"), encoding="utf-8") as file:
    print(file.readlines()[:2], repr(file.read()))
print([os.path.splitext(name) for name in ["a.b/c", "a/.b", "a/b.c.d", "", "..a.b"]])
print(os.path.basename("a/b/"), os.path.normpath("a/./b/../c//d"), os.path.abspath("/a/../b"), os.path.isfile(here))
try:
    open("/none/there")
except FileNotFoundError as error:
    print(error)
print(importlib.import_module("json").dumps([1]))


class Meters(metaclass=abc.ABCMeta):
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return f"{self.n}+{other}"

    def __rmul__(self, other):
        return f"{other}*{self.n}"


print(Meters(2) + 3, 3 * Meters(2), Path("a") != Path("a"), Path("a") != 1)
from datetime import timedelta as _delta
print(_delta(microseconds=-1), _delta(hours=-3, milliseconds=-500), _delta(microseconds=-1).days, _delta(microseconds=-1).seconds, _delta(microseconds=-1).microseconds, _delta(days=1) / _delta(hours=6), _delta(days=40, seconds=1.5))
