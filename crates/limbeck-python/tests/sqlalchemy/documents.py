"""What only some databases have: JSON, arrays, upserts."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB, array

t = sa.table(
    "t",
    sa.column("id", sa.Integer),
    sa.column("doc", sa.JSON),
    sa.column("docb", postgresql.JSONB),
    sa.column("pgdoc", postgresql.JSON),
    sa.column("tags", postgresql.ARRAY(sa.String)),
    sa.column("nums", sa.ARRAY(sa.Integer)),
    sa.column("a", sa.Integer),
)
c = t.c

# Cases
c.doc["k"]
c.doc[0]
c.doc[("a", "b")]
c.doc["k"]["l"]
c.doc["k"].as_string()
c.doc["k"].as_integer()
c.doc["k"].as_float()
c.doc["k"].as_boolean()
c.doc["k"].as_string() == "x"
c.doc["k"].as_integer() > 5
c.doc[("a", 0)].as_string()
c.doc == None
c.doc["k"] == None
c.doc.is_(None)
c.docb["k"]
c.docb["k"]["l"]
c.docb["k"].as_string()
c.docb.is_not(None)
