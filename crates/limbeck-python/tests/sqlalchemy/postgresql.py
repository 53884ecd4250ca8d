"""What only PostgreSQL has."""

# Only: postgresql
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by, array, insert

t = sa.table(
    "t",
    sa.column("id", sa.Integer),
    sa.column("doc", postgresql.JSON),
    sa.column("docb", postgresql.JSONB),
    sa.column("tags", postgresql.ARRAY(sa.String)),
    sa.column("nums", sa.ARRAY(sa.Integer)),
    sa.column("a", sa.Integer),
    sa.column("s", sa.String),
    sa.column("uid", postgresql.UUID),
)
c = t.c

# Cases
c.doc["k"].astext
c.doc["k"].astext == "x"
c.doc[("a", "b")].astext
c.doc["k"].astext.cast(sa.Integer)
c.doc["k"]["l"].astext
c.docb["k"].astext
c.docb["k"].astext + "x"
# SQLAlchemy has no literals of JSON.
c.docb.contains({"a": 1})
#: postgresql t.docb @> '{"a": 1}'
c.docb.contained_by({"a": 1})
#: postgresql t.docb <@ '{"a": 1}'
c.docb.has_key("a")
c.docb.has_any(array(["a", "b"]))
c.docb.has_all(array(["a", "b"]))
~c.docb.has_key("a")
c.docb == {"a": 1}
#: postgresql t.docb = '{"a": 1}'
c.docb.op("->>")("k") == "x"
c.docb.op("?")("k")
c.docb.op("||")({"a": 1})
#: postgresql t.docb || '{"a": 1}'
c.docb.cast(sa.Text)
sa.cast(c.doc, postgresql.JSONB)
sa.cast({"a": [1]}, postgresql.JSONB)
#: postgresql CAST('{"a": [1]}' AS JSONB)
sa.cast(c.s, postgresql.UUID)
sa.cast(c.s, postgresql.ARRAY(sa.Integer))
c.tags.contains(["x"])
c.tags.contained_by(["x", "y"])
c.tags.overlap(["x"])
c.tags.any("x")
c.tags.all("x")
c.tags[1]
c.tags[1:2]
c.tags == ["a", "b"]
c.nums == [1, 2]
c.a == sa.any_(c.nums)
sa.func.array_length(c.tags, 1)
sa.func.unnest(c.tags)
sa.func.array_agg(c.a)
sa.func.array_append(c.tags, "x")
array([1, 2])
array([c.a, 2])
array(["a"]) + array(["b"])
sa.func.string_agg(c.s, aggregate_order_by(sa.literal(","), c.a.desc()))
sa.func.jsonb_build_object("a", c.a)
# Nor of the names of text search configurations.
sa.func.to_tsvector("english", c.s)
#: postgresql to_tsvector('english', t.s)
sa.insert(t).values(tags=["a", "b"], nums=[1, 2])
sa.insert(t).values(docb={"a": None})
#: postgresql INSERT INTO t (docb) VALUES ('{"a": null}')
sa.insert(t).values(tags=None)
sa.update(t).values(docb=c.docb.op("||")({"a": 1}))
#: postgresql UPDATE t SET docb=(t.docb || '{"a": 1}')
sa.update(t).values(docb=sa.cast(c.s, postgresql.JSONB))
sa.update(t).values(tags=sa.func.array_remove(c.tags, "x"))
sa.func.next_value(sa.Sequence("s"))
sa.func.next_value(sa.Sequence("Odd", schema="o"))
sa.select(c.id).distinct(c.a)
sa.select(c.id).distinct(c.a, c.s).order_by(c.a)
insert(t).values(id=1, a=2).on_conflict_do_nothing()
insert(t).values(id=1, a=2).on_conflict_do_nothing(index_elements=["id"])
insert(t).values(id=1, a=2).on_conflict_do_nothing(index_elements=[c.id])
insert(t).values(id=1, a=2).on_conflict_do_nothing(constraint="t_pk")
insert(t).values(id=1, a=2).on_conflict_do_update(index_elements=["id"], set_={"a": 5})
insert(t).values(id=1, a=2).on_conflict_do_update(index_elements=["id"], set_=dict(a=5, s="x"), where=c.a > 3)
insert(t).values(id=1, a=2).on_conflict_do_update(index_elements=["id"], index_where=c.a > 1, set_={"a": c.a + 1})
insert(t).values(id=1).on_conflict_do_update(constraint="pk", set_={"a": insert(t).excluded.a})
(lambda i: i.on_conflict_do_update(index_elements=["id"], set_={"a": i.excluded.a, "s": i.excluded.s}))(insert(t).values(id=1))
insert(t).from_select(["id"], sa.select(c.a)).on_conflict_do_nothing()
sa.select(c.id).with_for_update(key_share=True)
