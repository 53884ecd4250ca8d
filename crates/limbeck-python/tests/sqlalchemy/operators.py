"""Operators between columns, values and each other."""

import datetime
import decimal
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

t = sa.table(
    "t",
    sa.column("id", sa.Integer),
    sa.column("a", sa.Integer),
    sa.column("b", sa.Integer),
    sa.column("s", sa.String),
    sa.column("s2", sa.Text),
    sa.column("flag", sa.Boolean),
    sa.column("n", sa.Numeric),
    sa.column("f", sa.Float),
    sa.column("at", sa.DateTime),
    sa.column("d", sa.Date),
    sa.column("x"),
    sa.column("y"),
    sa.column("user"),
    sa.column("MixedCase"),
)
c = t.c
free = sa.column("free")

# Cases
c.a == 1
c.a != 1
c.a < 1
c.a <= 1
c.a > 1
c.a >= 1
1 == c.a
1 < c.a
c.a == c.b
c.a == None
c.a != None
c.x == None
c.flag == True
c.flag == False
c.flag != True
c.a == True
c.x == True
c.x == "it's"
c.s == "it's"
# A backslash means itself under every setting of the server.
c.s == "a\\b"
#: postgresql t.s = E'a\\b'
c.s == "50%"
c.s == 5
c.a == "5"
c.x == 1.5
c.f == 1e30
c.f == 1.0
c.n == 2
c.user == "u"
c.MixedCase == 1
free == 1
c.a + 1
c.a + c.b
1 + c.a
c.a - 1
1 - c.a
c.a * 2
c.a / 2
c.a / c.b
c.n / 2
c.f / c.a
c.a / c.n
c.x / 2
2 / c.a
c.a // 2
c.a // c.b
c.f // 2
c.a % 2
c.a ** 2
#: postgresql power(t.a, 2)
-c.a
-(c.a + c.b)
-c.a + 1
c.a + 1 + 2
c.a + (c.b + 1)
c.a - (c.b - 1)
c.a - c.b - 1
c.a * (c.b + 1)
(c.a + c.b) * 2
c.a * c.b + 1
c.a + c.b * 2
(c.a * c.b) * 2
c.a / (c.b / 2)
(c.a + 1) == (c.b - 1)
(c.a == 1) == (c.b == 2)
c.s + "x"
"x" + c.s
c.s + c.s2
c.s + "x" + c.s2
("a" + c.s) + ("b" + c.s2)
c.x + "x"
c.x + 1
c.x + c.y
c.s.concat("x")
c.s.concat(c.s2).concat("y")
c.x.concat("x")
c.a.op("&")(1)
c.a.op("->>")("k")
c.a.op("+")(c.b.op("-")(1))
c.a.op("@>", is_comparison=True)(1)
~c.a.op("@>", is_comparison=True)(1)
sa.and_(c.a.op("@>")(1), c.b == 2)
c.s.bool_op("~")("^a")
c.a.bitwise_and(1)
c.a.bitwise_or(c.b)
c.a.bitwise_xor(1)
c.a.bitwise_not()
c.a.bitwise_lshift(1)
c.a.bitwise_rshift(1)
c.a.is_(None)
c.a.is_not(None)
c.a.isnot(None)
c.flag.is_(True)
c.flag.is_(False)
c.flag.is_not(True)
c.flag.is_(sa.true())
c.flag.isnot(sa.false())
c.a.is_(sa.null())
# SQLAlchemy forgets that values are to be literals in some of its compilers' methods.
c.a.is_distinct_from(1)
#: sqlite t.a IS NOT 1
#: mysql NOT (t.a <=> 1)
#: mariadb NOT (t.a <=> 1)
c.a.is_distinct_from(None)
c.a.is_not_distinct_from(c.b)
c.a.isnot_distinct_from(1)
#: sqlite t.a IS 1
#: mysql t.a <=> 1
#: mariadb t.a <=> 1
c.a.in_([1, 2, 3])
c.a.in_((1, 2))
c.s.in_(["a", "b'c"])
# SQLAlchemy takes the type of the first value for all, which fails with literals only.
c.x.in_(["a", 1])
#: sqlite t.x IN ('a', 1)
#: postgresql t.x IN ('a', 1)
#: mysql t.x IN ('a', 1)
#: mariadb t.x IN ('a', 1)
c.a.in_([])
c.s.in_([])
c.a.not_in([])
c.a.not_in([1, 2])
c.a.notin_([1])
~c.a.in_([1, 2])
~c.a.in_([])
c.a.in_([1, None])
c.a.in_([c.b, 1])
c.a.in_([sa.literal(1), sa.literal(2)])
c.a.in_(sa.text("1, 2"))
c.a.in_(sa.select(c.b))
c.a.in_(sa.select(sa.column("q")).select_from(sa.table("other")))
c.a.not_in(sa.select(sa.table("o", sa.column("k")).c.k))
c.a.in_(sa.bindparam("ids", [1, 2], expanding=True))
sa.and_(c.a.in_([1, 2]), c.b.in_([]))
sa.tuple_(c.a, c.b).in_([(1, 2), (3, 4)])
sa.tuple_(c.a, c.b) == sa.tuple_(c.b, c.a)
c.s.like("a%")
c.s.not_like("a%")
c.s.notlike("a%", escape="/")
~c.s.like("a%")
c.s.ilike("A%")
c.s.not_ilike("A%")
c.s.notilike("A%")
~c.s.ilike("a")
c.s.ilike("a", escape="!")
c.s.like("a/%", escape="/")
c.s.startswith("a")
c.s.endswith("a")
c.s.contains("a")
~c.s.contains("a")
~c.s.startswith("a")
c.s.startswith("a%", autoescape=True)
c.s.contains("a_b%c/", autoescape=True)
c.s.endswith("x", escape="^")
c.s.startswith(c.s2)
c.s.contains(c.s2)
c.s.istartswith("a")
c.s.iendswith("a")
c.s.icontains("a")
~c.s.icontains("a")
c.x.startswith("a")
sa.and_(c.s.startswith("a"), c.s2.contains("b"))
sa.or_(~c.s.startswith("a"), c.a == 1)
c.s.match("a")
c.s.regexp_match("^a")
~c.s.regexp_match("^a")
c.s.regexp_match("^a", flags="i")
#: mariadb t.s REGEXP CONCAT('(?', 'i', ')', '^a')
c.s.regexp_match("^a", flags="ix")
#: mariadb t.s REGEXP CONCAT('(?', 'ix', ')', '^a')
c.s.regexp_replace("a", "b")
c.s.regexp_replace("a", "b", flags="g")
#: mariadb REGEXP_REPLACE(t.s, CONCAT('(?', 'g', ')', 'a'), 'b')
c.a.between(1, 2)
~c.a.between(1, 2)
c.a.between(c.b, c.b + 1)
c.a.between(1, 2, symmetric=True)
c.at.between("2020-01-01", "2021-01-01")
sa.and_(c.a.between(1, 2), c.b == 1)
sa.between(c.a, 1, 2)
c.s.collate("nocase")
c.s.collate("C") == "a"
sa.collate(c.s, "de_DE").desc()
c.a.desc()
c.a.asc()
c.a.desc().nulls_last()
c.a.nulls_first()
c.a.asc().nullsfirst()
sa.desc(c.a)
sa.asc(c.a + 1)
sa.nulls_last(sa.desc(c.a))
c.a.label("lbl")
c.a.label("lbl") + 1
(c.a + 1).label("lbl") * 2
c.a.distinct()
sa.distinct(c.a)
c.a.cast(sa.String)
c.s.cast(sa.Integer) + 1
c.flag
~c.flag
sa.not_(c.flag)
sa.not_(sa.not_(c.flag))
sa.not_(c.a == 1)
sa.not_(c.a + 1)
sa.not_(c.x)
~(c.a == 1)
~(c.a < 1)
~(c.a + 1 == 2)
~sa.and_(c.a == 1, c.b == 2)
~sa.or_(c.a == 1, c.b == 2)
sa.and_(c.a == 1, c.b == 2)
sa.or_(c.a == 1, c.b == 2)
sa.and_(c.a == 1, sa.or_(c.b == 2, c.b == 3))
sa.or_(c.a == 1, sa.and_(c.b == 2, c.b == 3))
sa.and_(sa.and_(c.a == 1, c.b == 2), c.x == 3)
sa.or_(sa.or_(c.a == 1, c.b == 2), c.x == 3)
sa.and_(c.flag, c.a == 1)
sa.or_(c.flag, ~c.flag)
sa.and_(~c.flag, c.a == 1)
sa.and_(c.flag)
sa.and_(c.x, c.y)
sa.and_(True, c.a == 1)
sa.and_(sa.true(), c.a == 1)
sa.and_(False, c.a == 1)
sa.or_(True, c.a == 1)
sa.or_(sa.false(), c.a == 1)
sa.and_(sa.true(), sa.true())
sa.or_(sa.false())
sa.and_(sa.text("x = 1 or y = 2"), c.a == 1)
(c.a == 1) & (c.b == 2)
(c.a == 1) | (c.b == 2)
(c.a == 1) & (c.b == 2) | (c.x == 3)
(c.a == 1) & ((c.b == 2) | (c.x == 3))
c.flag & c.flag
c.flag | (c.a == 1)
sa.true()
sa.false()
sa.null()
~sa.true()
sa.true() == c.flag
sa.literal(1)
sa.literal("x")
sa.literal(None)
sa.literal(True)
sa.literal(1.5)
sa.literal("x") + c.s
sa.literal(1) + 2
sa.literal_column("now()")
sa.literal_column("a + b", sa.Integer) * 2
sa.literal_column("'x'").label("k")
sa.text("select 1")
sa.text("a = :x").bindparams(x=5)
sa.text("a = :x and b = :y").bindparams(sa.bindparam("x", 5), y="z")
# SQLAlchemy does not write the values of an expanding parameter of a text, though it runs it so.
sa.text("a IN :x").bindparams(sa.bindparam("x", expanding=True), x=(1, 2))
#: sqlite a IN (1, 2)
#: postgresql a IN (1, 2)
#: mysql a IN (1, 2)
#: mariadb a IN (1, 2)
sa.text("a = '10\\:30' and b::text = :x").bindparams(x="q")
sa.text("select '{\"a\"\\: 1}'::jsonb")
sa.text("SELECT a::text, '10:30', b:c, '{\"a\": 1}'")
sa.text("x = :x::int AND y = ::y").bindparams()
sa.text("a=:a_1,b=(:b)").bindparams(a_1=1, b="é")
sa.text("\\:a \\\\:b")
sa.text("a in :ids").bindparams(sa.bindparam("ids", [1, 2], expanding=True))
sa.bindparam("p", 5)
c.a == sa.bindparam("p", 5)
c.s == sa.bindparam("p", "v")
c.x == sa.bindparam(None, "v")
sa.type_coerce(c.x, sa.String) + "x"
sa.type_coerce(c.x, sa.Integer) == 1
sa.cast(c.a, sa.String)
sa.cast(c.a, sa.String(10))
sa.cast(c.a, sa.Text)
sa.cast(c.s, sa.Integer)
sa.cast(c.s, sa.BigInteger)
sa.cast(c.s, sa.Numeric(10, 2))
sa.cast(c.s, sa.Float)
sa.cast(c.s, sa.Boolean)
sa.cast(c.s, sa.Date)
sa.cast(c.s, sa.DateTime)
sa.cast(c.s, sa.Time)
sa.cast(c.s, sa.LargeBinary)
sa.cast(c.s, sa.JSON)
sa.cast(c.s, sa.TIMESTAMP)
sa.cast("5", sa.Integer)
sa.cast(None, sa.Integer)
sa.cast(sa.null(), sa.String)
sa.cast(c.a + 1, sa.Integer)
sa.cast(c.a, sa.Integer) / 2
sa.case((c.a == 1, "one"), (c.a == 2, "two"), else_="many")
sa.case((c.a == 1, 1))
sa.case({1: "one", 2: "two"}, value=c.a)
sa.case({"x": 1}, value=c.s, else_=0)
sa.case((c.flag, 1), else_=0)
sa.case((sa.and_(c.a == 1, c.b == 2), c.s), else_=None)
sa.case((c.a.is_(None), c.b), else_=c.a + 1) + 1
sa.case((c.a == 1, sa.literal_column("'x'")), else_=sa.literal_column("'y'"))
sa.extract("year", c.at)
sa.extract("epoch", c.at)
sa.extract("month", c.at) == 5
sa.func.now()
sa.func.count()
sa.func.count("*")
sa.func.count(c.a)
sa.func.count(c.a.distinct())
sa.func.count(sa.distinct(c.a))
sa.func.COUNT(c.a)
sa.func.max(c.a)
sa.func.max(c.a) + 1
sa.func.sum(c.a) / 2
sa.func.coalesce(c.a, 0)
sa.func.coalesce(c.s, "") + "x"
sa.func.lower(c.s) == "a"
sa.func.LOWER(c.s)
sa.func.length(c.s) > 5
sa.func.char_length(c.s)
sa.func.substr(c.s, 1, 2)
sa.func.substring(c.s, 1, 2)
sa.func.substring(c.s, 2)
sa.func.concat(c.s, "-", c.s2)
sa.func.current_timestamp()
sa.func.current_date()
sa.func.CURRENT_TIMESTAMP()
sa.func.current_user()
sa.func.localtimestamp()
sa.func.sysdate()
sa.func.random()
sa.func.pow(c.a, 2)
#: postgresql power(t.a, 2)
sa.func.replace(c.s, "a", "b")
sa.func.my_schema.my_function(c.a, "x")
sa.func.nextval("seq")
sa.func.gen_random_uuid()
sa.func.cast(c.a, sa.Integer)
sa.func.if_(c.a, 1, 2)
sa.func.json_object("a", c.a, type_=sa.JSON)
sa.func.row_number().over(partition_by=c.a, order_by=c.b.desc())
sa.func.row_number().over(order_by=[c.a, c.b])
sa.func.sum(c.a).over(order_by=c.b, rows=(None, 0))
sa.func.sum(c.a).over(order_by=c.b, range_=(-1, 1))
sa.func.count(c.a).filter(c.b > 1)
sa.func.count(c.a).filter(c.b > 1, c.flag) + 1
sa.func.percentile_cont(0.5).within_group(c.a.desc())
sa.func.coalesce(sa.func.max(c.a), 0) + 1
sa.func.now() - c.at
c.at < sa.func.now()
c.at == datetime.datetime(2020, 1, 2, 3, 4, 5)
c.at == datetime.datetime(2020, 1, 2, 3, 4, 5, 678)
c.d == datetime.date(2020, 1, 2)
c.x == datetime.datetime(2020, 1, 2)
c.x == datetime.date(2020, 1, 2)
c.n == decimal.Decimal("1.50")
c.x == decimal.Decimal("10")
sa.literal(uuid.UUID("12345678-1234-5678-1234-567812345678"), sa.Uuid)
sa.exists(sa.select(c.a))
sa.exists().where(c.a == 1)
~sa.exists(sa.select(c.a).where(c.b == 1))
sa.and_(sa.exists(sa.select(c.a)), c.b == 1)
sa.any_(sa.select(c.b).scalar_subquery())
c.a == sa.any_(sa.select(c.b).scalar_subquery())
c.a > sa.all_(sa.select(c.b).scalar_subquery())
sa.select(c.a).scalar_subquery() + 1
c.a == sa.select(sa.func.max(c.b)).scalar_subquery()
c.a == sa.select(sa.func.max(c.b)).as_scalar()
