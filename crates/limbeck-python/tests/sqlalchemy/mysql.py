"""What only MySQL and MariaDB have."""

# Only: mysql mariadb
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.mysql import insert

t = sa.table("t", sa.column("id", sa.Integer), sa.column("a", sa.Integer))
c = t.c

# Cases
# SQLAlchemy forgets here that values are to be literals.
insert(t).values(id=1, a=2).on_duplicate_key_update(a=5)
#: mysql INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 5
#: mariadb INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 5
insert(t).values(id=1, a=2).on_duplicate_key_update({"a": c.a + 1})
#: mysql INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = (t.a + 1)
#: mariadb INSERT INTO t (id, a) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = (t.a + 1)
(lambda i: i.on_duplicate_key_update(a=i.inserted.a))(insert(t).values(id=1, a=2))
sa.cast(c.a, mysql.INTEGER(unsigned=True))
sa.cast(c.a, mysql.VARCHAR(10))
sa.cast(c.a, mysql.LONGTEXT)
sa.insert(t).values(a=1).prefix_with("IGNORE")
