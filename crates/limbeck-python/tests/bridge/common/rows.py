"""What statements tell of themselves, and what the inspector does."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50), unique=True)
    children: Mapped[list["Child"]] = relationship(back_populates="parent")


class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("parents.id"))
    parent: Mapped[Parent] = relationship(back_populates="children")


def upgrade():
    bind = op.get_bind()
    Base.metadata.create_all(bind)
    inspector = sa.inspect(bind)
    print(sorted(inspector.get_table_names()), inspector.has_table("nothing"))
    print([(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns("parents")])
    print([(key["referred_table"], key["constrained_columns"]) for key in inspector.get_foreign_keys("children")])

    session = Session(bind=bind)
    session.add_all([Parent(name=name, children=[Child(), Child()]) for name in ("a", "b", "c")])
    session.flush()
    print([(parent.id, parent.name, len(parent.children)) for parent in session.query(Parent).order_by(Parent.id)])
    session.commit()

    parents = Parent.__table__
    print(bind.execute(parents.update().where(parents.c.name != "a").values(name=parents.c.name + "!")).rowcount)
    print(bind.execute(parents.insert().values(name="d")).inserted_primary_key)
    row = bind.execute(sa.text("SELECT id, name FROM parents WHERE name = :name"), {"name": "d"}).one()
    print(row.id, row.name, row._mapping["name"], tuple(row))

    try:
        with bind.begin_nested():
            bind.execute(sa.text("INSERT INTO parents (name) VALUES ('a')"))
    except sa.exc.IntegrityError as error:
        print(type(error).__name__, type(error.orig).__name__)
    print(bind.execute(sa.text("SELECT count(*) FROM parents")).scalar())
    try:
        with bind.begin_nested():
            bind.execute(sa.text("SELECT * FROM nowhere"))
    except sa.exc.DBAPIError as error:
        print(type(error).__name__, type(error.orig).__name__)

    with op.batch_alter_table("parents") as batch:
        batch.add_column(sa.Column("age", sa.Integer(), server_default="7"))
        batch.alter_column("name", existing_type=sa.String(50), type_=sa.String(80), nullable=False)
    print([(column["name"], str(column["type"])) for column in sa.inspect(bind).get_columns("parents")])
    print(bind.execute(sa.text("SELECT * FROM parents ORDER BY id")).all())
