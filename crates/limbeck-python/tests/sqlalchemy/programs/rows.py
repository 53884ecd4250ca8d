"""Rows that are read, moved and changed."""

import datetime
import decimal
import enum
import uuid

import sqlalchemy as sa
from alembic import op

bind = op.get_bind()
op.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR, active BOOLEAN, born DATE, seen DATETIME, doc JSON, price NUMERIC, kind VARCHAR)")


class Kind(enum.Enum):
    small = 1
    big = 2


users = sa.table(
    "users",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("active", sa.Boolean),
    sa.column("born", sa.Date),
    sa.column("seen", sa.DateTime),
    sa.column("doc", sa.JSON),
    sa.column("price", sa.Numeric(10, 2)),
    sa.column("kind", sa.Enum(Kind)),
)
u = users.c
bind.execute(users.insert().values(id=1, name="it's", active=True, born=datetime.date(2000, 1, 2)))
bind.execute(
    sa.insert(users),
    [
        {"id": 2, "name": "b", "active": False, "doc": {"a": [1, None, "é"]}},
        {"id": 3, "name": None, "active": None, "doc": None},
    ],
)
bind.execute(
    users.update().where(u.id == 2).values(seen=datetime.datetime(2020, 1, 2, 3, 4, 5), price=decimal.Decimal("1.5"), kind=Kind.big)
)
for row in bind.execute(sa.select(users).order_by(u.id)):
    print(row.id, row.name, row.active, row.born, row.seen, row.doc, row.price, row.kind)
print(bind.execute(sa.text("SELECT id, name, active, born, seen, kind FROM users ORDER BY id")).fetchall())
print(bind.execute(sa.text("SELECT id FROM users WHERE name = :name OR id = :id"), {"name": "b", "id": 1}).fetchall())
print(bind.scalar(sa.select(sa.func.count()).select_from(users)))
print(bind.scalars(sa.select(u.name).order_by(u.id)).all())
print(bind.execute(sa.select(u.id, u.name)).mappings().first())
print([dict(row._mapping) for row in bind.execute(sa.select(u.id, u.name.label("n")).order_by(u.id.desc()))])
result = bind.execute(sa.select(u.id, u.name).order_by(u.id))
print(list(result.keys()), result.fetchone(), result.fetchmany(1), result.all(), result.fetchone())
row = bind.execute(sa.select(u.id, u.name).where(u.id == 1)).one()
print(row, row[0], row[-1], row[0:1], row.name, row._mapping["name"], row._mapping[u.name], row == (1, "it's"), len(row), row._asdict())
id, name = row
print(id, name, "name" in row._mapping, list(row._mapping.items()), row._fields, row.index(1))
print(bind.execute(sa.select(u.id).where(u.id > 5)).first(), bind.execute(sa.select(u.id).where(u.id > 5)).scalar())
print(bind.execute(sa.select(u.id).where(u.id > 5)).one_or_none(), bind.execute(sa.select(u.id).where(u.id > 1)).scalars().first())
print(bind.execute(sa.update(users).where(u.id > 1).values(name="z")).rowcount)
print(bind.execute(sa.delete(users).where(u.id == 3)).rowcount, bind.execute(sa.select(u.id)).scalars().all())
print(bind.execute(sa.select(sa.func.max(u.id), sa.literal("x"), u.name + "!")).fetchall())
print(bind.execute(sa.select(u.id).where(u.name.in_(["z", "q"]), ~u.active)).scalar_one())
print(bind.execute(sa.text("SELECT 1 AS a, 'x' AS b, 1.5 AS c, NULL AS d, x'0102' AS e")).one())
for wrong in (
    lambda: bind.execute(sa.select(u.id)).one(),
    lambda: bind.execute(sa.select(u.id).where(u.id > 9)).one(),
    lambda: bind.execute(sa.select(u.id)).scalar_one(),
    lambda: bind.execute(sa.delete(users).where(u.id == 99)).fetchall(),
    lambda: bind.execute(sa.select(u.id)).first().nothing,
    lambda: bind.execute(sa.select(u.id)).first()["id"],
    lambda: bind.execute(sa.select(u.id)).first()._mapping["nothing"],
    lambda: bind.execute(sa.text("SELECT :x"), {"y": 1}),
    lambda: bind.execute(sa.text("SELECT nothing FROM nowhere")),
    lambda: bind.execute(users.insert().values(id=1)),
    lambda: bind.execute(sa.text("SELECT 1"), 5),
    lambda: bool(u.id > 1),
    lambda: users.c.nothing,
    lambda: bind.begin(),
):
    try:
        wrong()
        print("nothing is wrong")
    except Exception as error:
        print(type(error).__name__)
with bind.begin_nested() as nested:
    bind.execute(sa.delete(users))
    nested.rollback()
print(bind.scalar(sa.text("SELECT count(*) FROM users")), bind.in_transaction(), bind.dialect.name)
