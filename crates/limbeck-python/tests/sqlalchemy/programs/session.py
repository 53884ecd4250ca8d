"""A session of the ORM's that only executes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import orm
from sqlalchemy.orm import Session, sessionmaker

bind = op.get_bind()
op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)")
t = sa.table("t", sa.column("id", sa.Integer), sa.column("v", sa.String))
session = Session(bind=bind)
session.execute(sa.insert(t), [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}])
session.execute(sa.text("UPDATE t SET v = :v WHERE id = :id"), {"v": "c", "id": 2})
session.commit()
print(session.execute(sa.select(t).order_by(t.c.id)).all(), session.scalar(sa.select(sa.func.count()).select_from(t)))
with orm.Session(bind=bind) as other:
    print(other.scalars(sa.select(t.c.v).order_by(t.c.v.desc())).all())
    other.flush()
make = sessionmaker(bind=bind)
third = make()
print(third.execute(sa.text("SELECT max(id) FROM t")).scalar(), third.connection().dialect.name)
third.close()
