"""What only SQLite has."""

# Only: sqlite
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

t = sa.table("t", sa.column("id", sa.Integer), sa.column("a", sa.Integer))
c = t.c

# Cases
insert(t).values(id=1, a=2).on_conflict_do_nothing()
insert(t).values(id=1, a=2).on_conflict_do_nothing(index_elements=["id"])
insert(t).values(id=1, a=2).on_conflict_do_update(index_elements=["id"], set_={"a": 5})
(lambda i: i.on_conflict_do_update(index_elements=["id"], set_={"a": i.excluded.a}))(insert(t).values(id=1))
sa.insert(t).values(a=1).prefix_with("OR REPLACE")
