# oslo.db's column types.
import json

from sqlalchemy import types
from sqlalchemy.dialects import mysql


class JsonEncodedType(types.TypeDecorator):
    impl = types.Text
    of = None

    def __init__(self, mysql_as_long=False, mysql_as_medium=False):
        self.on_mysql = None
        if mysql_as_long:
            self.on_mysql = mysql.LONGTEXT()
        elif mysql_as_medium:
            self.on_mysql = mysql.MEDIUMTEXT()

    def load_dialect_impl(self, dialect):
        if self.on_mysql is not None and dialect.name == "mysql":
            return self.on_mysql
        return types.Text()

    def process_bind_param(self, value, dialect):
        if value is None and self.of is not None:
            value = self.of()
        return json.dumps(value)

    def process_result_value(self, value, dialect):
        return value if value is None else json.loads(value)


class JsonEncodedDict(JsonEncodedType):
    of = dict


class JsonEncodedList(JsonEncodedType):
    of = list


class SoftDeleteInteger(types.TypeDecorator):
    impl = types.Integer

    def process_bind_param(self, value, dialect):
        return value if value is None else int(value)
