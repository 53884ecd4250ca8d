"""Tables, rows and types of SQLAlchemy's own."""

import datetime
import decimal
import enum
import uuid

import sqlalchemy as sa
from alembic import context, op


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


VALUES = sa.table(
    "kinds",
    sa.column("id", sa.Integer),
    sa.column("text", sa.String(200)),
    sa.column("flag", sa.Boolean),
    sa.column("number", sa.Float(53)),
    sa.column("price", sa.Numeric(20, 6)),
    sa.column("day", sa.Date),
    sa.column("clock", sa.Time),
    sa.column("moment", sa.DateTime),
    sa.column("bytes", sa.LargeBinary),
    sa.column("document", sa.JSON),
    sa.column("key", sa.Uuid),
    sa.column("colour", sa.Enum(Colour, native_enum=False)),
    sa.column("length", sa.Interval),
)

ROWS = [
    dict(
        id=1,
        text="it's \\ \"quoted\" 100% :name %(x)s %s ? -- ; \n\t é ☃ 😀",
        flag=True,
        number=0.1 + 0.2,
        price=decimal.Decimal("-12345.678901"),
        day=datetime.date(2024, 2, 29),
        clock=datetime.time(23, 59, 58),
        moment=datetime.datetime(1999, 12, 31, 23, 59, 59),
        bytes=bytes(range(256)),
        document={"a": [1, 2.5, None, True, "it's \\"], "ü": {}},
        key=uuid.UUID("12345678-1234-5678-1234-567812345678"),
        colour=Colour.GREEN,
        length=datetime.timedelta(days=3, hours=4, seconds=5),
    ),
    dict(
        id=-2,
        text="",
        flag=False,
        number=-1.5,
        price=decimal.Decimal("0.000001"),
        day=datetime.date(1, 1, 2) if False else datetime.date(1000, 1, 1),
        clock=datetime.time(0, 0, 0),
        moment=datetime.datetime(2024, 1, 1),
        bytes=b"",
        document=[],
        key=uuid.UUID(int=0),
        colour=Colour.RED,
        length=datetime.timedelta(0),
    ),
    {column.name: 3 if column.name == "id" else None for column in VALUES.c},
]


def upgrade():
    op.create_table("kinds", *(sa.Column(column.name, column.type) for column in VALUES.c))
    op.bulk_insert(VALUES, ROWS)
    bind = op.get_bind()
    for row in bind.execute(sa.select(VALUES).order_by(VALUES.c.id)):
        print([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row])
    for column in VALUES.c:
        if column.name in ("document", "bytes"):
            continue
        for row in ROWS:
            where = column.is_(None) if row[column.name] is None else column == row[column.name]
            found = bind.execute(sa.select(VALUES.c.id).where(where).order_by(VALUES.c.id)).scalars().all()
            print(column.name, row["id"], found)
    print(bind.dialect.name, context.get_context().dialect.name, op.get_context().as_sql)
