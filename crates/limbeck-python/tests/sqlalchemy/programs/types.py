"""Types of the project's own, joins, conflicts, and what is kept in odd types."""

import json
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.sqlite import insert

bind = op.get_bind()


class Csv(sa.TypeDecorator):
    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else ",".join(value)

    def process_result_value(self, value, dialect):
        return None if value is None else value.split(",")


op.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, tags VARCHAR, key CHAR(32), n FLOAT, raw BLOB)")
op.execute("CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, v VARCHAR)")
meta = sa.MetaData()
a = sa.Table(
    "a",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("tags", Csv),
    sa.Column("key", sa.Uuid, default=lambda: uuid.UUID(int=7)),
    sa.Column("n", sa.Float, default=2.5),
    sa.Column("raw", sa.LargeBinary),
)
b = sa.Table(
    "b",
    meta,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("a_id", sa.ForeignKey("a.id")),
    sa.Column("v", sa.String, onupdate="touched"),
)
bind.execute(a.insert(), [{"id": 1, "tags": ["x", "y"], "raw": b"\x00'\xff"}, {"id": 2, "tags": None, "raw": None}])
bind.execute(a.insert().values(id=3, key=uuid.UUID(int=9), n=None))
print(bind.execute(sa.select(a).order_by(a.c.id)).fetchall())
print(bind.execute(sa.text("SELECT tags, key, n FROM a ORDER BY id")).fetchall())
print(bind.execute(sa.select(a.c.id).where(a.c.tags == ["x", "y"])).scalars().all())
print(bind.execute(sa.select(a.c.id).where(a.c.key == uuid.UUID(int=9))).scalars().all())
bind.execute(b.insert().from_select(["id", "a_id", "v"], sa.select(a.c.id + 10, a.c.id, sa.literal("v") + sa.cast(a.c.id, sa.String))))
bind.execute(sa.update(b).where(b.c.id == 11).values(a_id=1))
print(bind.execute(sa.select(b.c.id, b.c.v, a.c.tags).select_from(b.join(a)).order_by(b.c.id)).fetchall())
print(bind.execute(sa.select(a.c.id, b.c.v).outerjoin_from(a, b, sa.and_(a.c.id == b.c.a_id, b.c.v != "v2")).order_by(a.c.id)).fetchall())
bind.execute(insert(b).values(id=11, v="new").on_conflict_do_update(index_elements=["id"], set_={"v": "changed"}))
bind.execute(insert(b).values(id=12, v="new").on_conflict_do_nothing())
bind.execute(sa.update(b).values(v=sa.select(sa.func.count()).select_from(a).where(a.c.id <= b.c.a_id).scalar_subquery()).where(b.c.id > 12))
print(bind.execute(sa.text("SELECT id, a_id, v FROM b ORDER BY id")).fetchall())
print(bind.execute(sa.insert(b).values(a_id=5, v="r").returning(b.c.id, b.c.v)).fetchall())
print(bind.execute(sa.delete(b).where(b.c.a_id == 5).returning(b.c.v)).scalars().all())
counts = sa.select(b.c.a_id, sa.func.count().label("n")).group_by(b.c.a_id).subquery()
print(bind.execute(sa.select(a.c.id, sa.func.coalesce(counts.c.n, 0)).outerjoin(counts, counts.c.a_id == a.c.id).order_by(a.c.id)).all())
for id, in bind.execute(sa.select(a.c.id).where(a.c.id.in_(sa.select(b.c.a_id).where(b.c.v.like("%1%") | (b.c.v == "changed"))))):
    print(id)
rows = [row._asdict() for row in bind.execute(sa.select(b.c.id, b.c.v).order_by(b.c.id))]
print(json.dumps(rows))
print(str(sa.select(a.c.id).where(a.c.n > 1)).replace("\n", " ") != "", repr(bind.execute(sa.text("SELECT 1")).first()))


class Base(sa.TypeDecorator):
    impl = sa.Text
    cache_ok = True

    def __init__(self, length=None, **kwargs):
        super().__init__(**kwargs)
        if length is not None:
            self.impl = sa.String(length)


class Below(Base):
    pass


class Old(sa.TypeDecorator):
    impl = sa.String
    cache_ok = True

    def __init__(self, *args, **kwargs):
        super(Old, self).__init__(*args, **kwargs)


class Fixed(sa.TypeDecorator):
    impl = sa.String
    cache_ok = True

    def __init__(self):
        super(Fixed, self).__init__(length=12)


class Early(sa.TypeDecorator):
    impl = sa.Numeric
    cache_ok = True

    def __init__(self, scale):
        self.impl = sa.Text()
        super().__init__(10, scale=scale)


class Loaded(sa.TypeDecorator):
    impl = sa.Text
    cache_ok = True

    def __init__(self, wide=False):
        super().__init__()
        self.wide = wide

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(sa.BigInteger() if self.wide else self.impl)


sa.Table(
    "typed",
    meta,
    sa.Column("a", Base()),
    sa.Column("b", Base),
    sa.Column("c", Below(20)),
    sa.Column("d", Old(5)),
    sa.Column("e", Old(length=6)),
    sa.Column("f", Fixed()),
    sa.Column("g", Fixed),
    sa.Column("h", Early(3)),
    sa.Column("i", Loaded()),
    sa.Column("j", Loaded(wide=True)),
    sa.Column("k", Below(length=7).impl),
).create(bind)
print(bind.execute(sa.text("SELECT name, type FROM pragma_table_info('typed')")).fetchall())
