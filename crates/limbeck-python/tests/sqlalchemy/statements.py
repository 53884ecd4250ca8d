"""Statements that change rows."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

t = sa.table(
    "t",
    sa.column("id", sa.Integer),
    sa.column("a", sa.Integer),
    sa.column("s", sa.String),
    sa.column("flag", sa.Boolean),
    sa.column("doc", sa.JSON),
    sa.column("order", sa.Integer),
    sa.column("kind", sa.Enum("x", "y", name="kind")),
    sa.column("raw"),
)
o = sa.table("o", sa.column("id"), sa.column("t_id"), sa.column("v"))
audit = sa.table("log", sa.column("id", sa.Integer), sa.column("what", sa.String), schema="audit")
c = t.c
full = sa.Table(
    "full",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("a", sa.Integer),
    sa.Column("made", sa.String(10), default="now"),
    sa.Column("seen", sa.DateTime, server_default=sa.func.now()),
    sa.Column("touched", sa.Integer, onupdate=7),
)

# Cases
sa.insert(t).values(a=1)
sa.insert(t).values(a=1, id=2, s="x")
sa.insert(t).values({"a": 1, "s": "it's"})
sa.insert(t).values({c.a: 1, c.s: None})
sa.insert(t).values({"flag": True, "order": 5})
sa.insert(t).values({"flag": False})
sa.insert(t).values([{"a": 1, "s": "x"}, {"a": 2, "s": "y"}])
sa.insert(t).values((1, 2, "x"))
sa.insert(t).values(a=sa.func.now())
sa.insert(t).values(a=sa.text("1 + 1"))
sa.insert(t).values(a=c.id + 1)
sa.insert(t).values(a=sa.select(sa.func.max(o.c.id)).scalar_subquery())
sa.insert(t).values(a=sa.select(sa.func.max(o.c.id)))
# SQLAlchemy has no literals of JSON; these are the values that it sends.
sa.insert(t).values(doc={"a": 1, "b": [True, None, "é"]})
#: sqlite INSERT INTO t (doc) VALUES ('{"a": 1, "b": [true, null, "\u00e9"]}')
#: postgresql INSERT INTO t (doc) VALUES (E'{"a": 1, "b": [true, null, "\\u00e9"]}')
#: mysql INSERT INTO t (doc) VALUES ('{"a": 1, "b": [true, null, "\\u00e9"]}')
#: mariadb INSERT INTO t (doc) VALUES ('{"a": 1, "b": [true, null, "\\u00e9"]}')
sa.insert(t).values(doc=[1, "x"])
#: sqlite INSERT INTO t (doc) VALUES ('[1, "x"]')
#: postgresql INSERT INTO t (doc) VALUES ('[1, "x"]')
#: mysql INSERT INTO t (doc) VALUES ('[1, "x"]')
#: mariadb INSERT INTO t (doc) VALUES ('[1, "x"]')
sa.insert(t).values(doc="text")
#: sqlite INSERT INTO t (doc) VALUES ('"text"')
#: postgresql INSERT INTO t (doc) VALUES ('"text"')
#: mysql INSERT INTO t (doc) VALUES ('"text"')
#: mariadb INSERT INTO t (doc) VALUES ('"text"')
# What is sent is JSON's null.
sa.insert(t).values(doc=None)
#: sqlite INSERT INTO t (doc) VALUES ('null')
#: postgresql INSERT INTO t (doc) VALUES ('null')
#: mysql INSERT INTO t (doc) VALUES ('null')
#: mariadb INSERT INTO t (doc) VALUES ('null')
sa.insert(t).values(doc=sa.null())
sa.insert(t).values(kind="x")
# Nor has it literals of a type that it does not know.
sa.insert(t).values(raw="x", a=None)
#: sqlite INSERT INTO t (a, raw) VALUES (NULL, 'x')
#: postgresql INSERT INTO t (a, raw) VALUES (NULL, 'x')
#: mysql INSERT INTO t (a, raw) VALUES (NULL, 'x')
#: mariadb INSERT INTO t (a, raw) VALUES (NULL, 'x')
sa.insert(t).values(raw=5)
#: sqlite INSERT INTO t (raw) VALUES (5)
#: postgresql INSERT INTO t (raw) VALUES (5)
#: mysql INSERT INTO t (raw) VALUES (5)
#: mariadb INSERT INTO t (raw) VALUES (5)
sa.insert(t).values(raw=1.5)
#: sqlite INSERT INTO t (raw) VALUES (1.5)
#: postgresql INSERT INTO t (raw) VALUES (1.5)
#: mysql INSERT INTO t (raw) VALUES (1.5)
#: mariadb INSERT INTO t (raw) VALUES (1.5)
sa.insert(t).values(s="50% :x \\:y")
#: postgresql INSERT INTO t (s) VALUES (E'50% :x \\:y')
t.insert().values(a=1)
# That is what an execution without parameters makes of it.
t.insert()
#: sqlite INSERT INTO t DEFAULT VALUES
#: postgresql INSERT INTO t DEFAULT VALUES
#: mysql INSERT INTO t () VALUES ()
#: mariadb INSERT INTO t () VALUES ()
sa.insert(audit).values(id=1, what="w")
sa.insert(t).from_select(["a", "s"], sa.select(o.c.id, o.c.v))
sa.insert(t).from_select(["a"], sa.select(o.c.id).where(o.c.v == 1))
sa.insert(t).from_select([c.a], sa.select(sa.literal(1)))
t.insert().from_select(["id"], sa.select(o.c.id).where(~sa.exists().where(c.id == o.c.id)))
sa.insert(t).values(a=1).returning(c.id)
sa.insert(t).values(a=1).returning(c.id, c.a)
sa.insert(t).values(a=1).prefix_with("OR IGNORE")
sa.insert(t).values(a=1).prefix_with("IGNORE", dialect="mysql")
sa.insert(t).values(nothing=1)
# The values of Python's defaults are known only when it is executed.
sa.insert(full).values(a=1).returning(full.c.id)
#: sqlite INSERT INTO "full" (a, made) VALUES (1, 'now') RETURNING id
#: postgresql INSERT INTO "full" (a, made) VALUES (1, 'now') RETURNING "full".id
#: mysql INSERT INTO full (a, made) VALUES (1, 'now') RETURNING full.id
#: mariadb INSERT INTO full (a, made) VALUES (1, 'now') RETURNING full.id
sa.insert(full).values(a=1, made="x").returning(full.c.id)
sa.insert(full).from_select(["id", "a", "made"], sa.select(o.c.id, o.c.v, o.c.t_id))
sa.update(t).values(a=1)
sa.update(t).values(a=1).where(c.id == 5)
sa.update(t).where(c.id == 5).values(s="x", a=2)
sa.update(t).where(c.id == 5).values({"s": "x", "a": 2})
sa.update(t).where(c.id == 5).values({c.s: "x", c.a: c.a + 1})
sa.update(t).where(c.id == 5).values(a=c.id * 2 + 1)
sa.update(t).where(c.a.is_(None)).values(a=0)
sa.update(t).where(c.a == None).values(flag=True)
sa.update(t).where(c.flag).values(flag=False)
sa.update(t).where(c.flag == False).values(s=None)
sa.update(t).values(doc={"k": "v"})
#: sqlite UPDATE t SET doc='{"k": "v"}'
#: postgresql UPDATE t SET doc='{"k": "v"}'
#: mysql UPDATE t SET doc='{"k": "v"}'
#: mariadb UPDATE t SET doc='{"k": "v"}'
sa.update(t).values(doc=None)
#: sqlite UPDATE t SET doc='null'
#: postgresql UPDATE t SET doc='null'
#: mysql UPDATE t SET doc='null'
#: mariadb UPDATE t SET doc='null'
sa.update(t).values(doc=sa.null())
sa.update(t).values(kind="y")
sa.update(t).values(order=1)
sa.update(t).values(a=sa.case((c.id == 1, 10), else_=20))
sa.update(t).values(a=sa.func.coalesce(c.a, 0))
sa.update(t).values(s=c.s + "x")
sa.update(t).values(s=sa.func.replace(c.s, "a", "b"))
sa.update(t).values(a=sa.cast(c.s, sa.Integer))
sa.update(t).values(a=sa.text("a + 1"))
sa.update(t).values(a=sa.literal_column("a + 1"))
sa.update(t).values(a=sa.null())
sa.update(t).values(flag=sa.false())
sa.update(t).values(flag=~c.flag)
sa.update(t).values(a=sa.select(o.c.v).where(o.c.t_id == c.id).scalar_subquery())
sa.update(t).values(a=sa.select(sa.func.max(o.c.v)).where(o.c.t_id == c.id).scalar_subquery()).where(c.id > 1)
sa.update(t).where(c.id.in_(sa.select(o.c.t_id))).values(a=1)
sa.update(t).where(sa.exists().where(o.c.t_id == c.id)).values(a=1)
sa.update(t).where(c.id.in_([1, 2])).where(c.a > 0).values(a=1)
sa.update(t).where(sa.or_(c.id == 1, c.id == 2), c.flag).values(a=1)
sa.update(t).where(c.id == o.c.t_id).values(a=o.c.v)
sa.update(t).ordered_values((c.s, "x"), (c.a, 1))
sa.update(t).where(c.id == sa.bindparam("key", 7)).values(a=sa.bindparam("val", 8))
sa.update(t).where(c.id == 5).values(a=1).returning(c.a)
sa.update(audit).where(audit.c.id == 1).values(what="x")
sa.update(t).values(nothing=1)
t.update().where(c.id == 1).values(a=2)
t.update().values(a=2).where(c.id == 1)
sa.update(full).values(a=1)
#: sqlite UPDATE "full" SET a=1, touched=7
#: postgresql UPDATE "full" SET a=1, touched=7
#: mysql UPDATE full SET a=1, touched=7
#: mariadb UPDATE full SET a=1, touched=7
sa.update(full).values(a=1, touched=3)
full.update().where(full.c.id == 1).values({"a": None})
#: sqlite UPDATE "full" SET a=NULL, touched=7 WHERE "full".id = 1
#: postgresql UPDATE "full" SET a=NULL, touched=7 WHERE "full".id = 1
#: mysql UPDATE full SET a=NULL, touched=7 WHERE full.id = 1
#: mariadb UPDATE full SET a=NULL, touched=7 WHERE full.id = 1
sa.delete(t)
sa.delete(t).where(c.id == 1)
sa.delete(t).where(c.id == 1, c.a == 2)
sa.delete(t).where(c.id.in_([1, 2]))
sa.delete(t).where(c.id.in_(sa.select(o.c.t_id)))
sa.delete(t).where(~sa.exists().where(o.c.t_id == c.id))
sa.delete(t).where(c.a.is_(None))
sa.delete(t).where(c.id == o.c.t_id).where(o.c.v == 1)
sa.delete(t).where(c.id == 1).returning(c.id)
sa.delete(audit).where(audit.c.what.like("a%"))
t.delete().where(c.s == "x")
t.delete()
full.delete().where(full.c.id == 1)
