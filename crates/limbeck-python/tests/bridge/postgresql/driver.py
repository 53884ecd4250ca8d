"""The driver itself, and types of PostgreSQL's own."""

import datetime
import decimal
import uuid

import psycopg2
import sqlalchemy as sa
from alembic import op
from psycopg2.extras import Json
from sqlalchemy.dialects import postgresql

ZONE = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


def plain(value):
    if isinstance(value, memoryview):
        return bytes(value)
    return [plain(item) for item in value] if isinstance(value, list) else value


def upgrade():
    cursor = op.get_bind().connection.cursor()
    cursor.execute("SET TIME ZONE 'Asia/Kolkata'")
    values = [
        None, True, False, 0, -1, 2**62, 1.5, -0.1, 5e-324, float("nan"), float("-inf"), 0.1 + 0.2,
        decimal.Decimal("1.10"), decimal.Decimal("-1E+5"), decimal.Decimal("NaN"), "a'b\\c%s", "", b"\0\xff'\\", bytearray(b"x"),
        datetime.date(2024, 2, 29), datetime.date.max, datetime.time(1, 2, 3, 4), datetime.time(1, 2, tzinfo=ZONE),
        datetime.datetime(1, 1, 1), datetime.datetime(2024, 1, 1, 1, 1, 1, 123456), datetime.datetime(2024, 1, 1, tzinfo=ZONE),
        datetime.timedelta(days=-3, microseconds=5), datetime.timedelta(hours=1), [1, 2, None], ["a", 'b"c', "", "NULL", "{,}"],
        [[1, 2], [3, 4]], [datetime.date(2020, 1, 1)], [b"\0"], [True], [decimal.Decimal("1.5")], [None, None],
    ]
    for value in values:
        cursor.execute("SELECT %s, %(x)s" % ("%(v)s", "%(v)s"), {"v": value}) if False else cursor.execute("SELECT %s, 1-%s", (value, 1))
        print(repr(value), [plain(cell) for cell in cursor.fetchone()])
    cursor.execute("SELECT %(a)s, '%%', %(a)s", {"a": Json({"x": [1, "ü"]})})
    print(cursor.fetchone())
    cursor.execute("SELECT 'a%'")
    print(cursor.fetchone(), cursor.rowcount)
    cursor.execute(
        """SELECT '1 year 2 mons -3 days 04:05:06.7'::interval, '-00:00:01'::interval, 'infinity'::timestamp, '{"a": 1}'::json,
        '[1]'::jsonb, '{x,y}'::name[], '127.0.0.1'::inet, '[0:1]={1,2}'::int[], '12.5'::money IS NULL, '{}'::int[],
        '(1,2)'::point, 'a b'::tsvector, B'101', '24:00'::time, row(1,'x'), 'x'::"char", 5::oid, '1 2'::int2vector, '3 4'::oidvector, '2024-01-01 00:00:00+02'::timestamptz"""
    )
    print([plain(cell) for cell in cursor.fetchone()])
    cursor.execute("SELECT 1 WHERE %s IN %s", (3, (1, 2, 3)))
    print(cursor.fetchall())
    for value in [object(), {"a": 1}, {1}]:
        try:
            cursor.execute("SELECT %s", (value,))
        except psycopg2.ProgrammingError as error:
            print(error)
    table = sa.Table(
        "special",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tags", postgresql.ARRAY(sa.String)),
        sa.Column("data", postgresql.JSONB),
        sa.Column("key", postgresql.UUID(as_uuid=True)),
        sa.Column("keys", postgresql.ARRAY(postgresql.UUID(as_uuid=True))),
        sa.Column("moment", sa.DateTime(timezone=True)),
        sa.Column("mood", postgresql.ENUM("sad", "ok", name="mood")),
        sa.Column("moods", postgresql.ARRAY(sa.Enum("sad", "ok", name="mood"))),
        sa.Column("address", postgresql.INET),
        sa.Column("rate", sa.Numeric(10, 2)),
        sa.Column("real", sa.Float),
    )
    bind = op.get_bind()
    table.create(bind)
    key = uuid.UUID("12345678-1234-5678-1234-567812345678")
    row = dict(tags=["a", "b'\\"], data={"k": [None, "\\"]}, key=key, keys=[key], mood="ok", moods=["sad", "ok"], address="::1", rate=decimal.Decimal("1.50"), real=0.1)
    op.bulk_insert(table, [{**row, "moment": datetime.datetime(2024, 1, 1, tzinfo=ZONE)}])
    print(bind.execute(sa.insert(table).returning(table.c.id), [row, row]).all())
    print(bind.execute(sa.select(table)).all())
    print(bind.execute(sa.select(table.c.id).where(table.c.data["k"][1].astext == "\\", table.c.tags.any("a"))).all())
    print(bind.execute(sa.select(sa.func.count()).where(table.c.rate == decimal.Decimal("1.5")).select_from(table)).scalar_one())
    print(bind.execute(sa.text("SELECT tags, data, keys FROM special WHERE id = 1")).all())
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY special_rate ON special (rate)")
        op.execute("ALTER TYPE mood ADD VALUE 'happy'")
    print(bind.execute(sa.text("UPDATE special SET mood = 'happy'")).rowcount)
    print(bind.execute(sa.text("SELECT DISTINCT mood FROM special")).all(), bind.get_isolation_level())
