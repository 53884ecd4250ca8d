# What SQLModel's revisions take from `sqlmodel.sql.sqltypes`.
from sqlalchemy import types


class AutoString(types.TypeDecorator):
    def __init__(self, length=None):
        self.length = length

    def load_dialect_impl(self, dialect):
        if self.length is None and dialect.name in ("mysql", "mariadb"):
            return types.String(255)
        return types.String(self.length)
