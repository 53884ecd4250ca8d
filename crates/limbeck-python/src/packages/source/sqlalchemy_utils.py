# SQLAlchemy-Utils' types: what columns of them are, and how their values are stored. The module stands for those in the package,
# so that it has no names but theirs.
import json as _json
import uuid as _uuid

import sqlalchemy as _sa
from sqlalchemy.dialects import postgresql as _postgresql


class UUIDType(_sa.types.TypeDecorator):
    def __init__(self, binary=True, native=True):
        self.binary = binary
        self.native = native

    def is_native(self, dialect):
        return self.native and dialect.name in ("postgresql", "cockroachdb")

    def load_dialect_impl(self, dialect):
        if self.is_native(dialect):
            return _postgresql.UUID()
        return _sa.types.BINARY(16) if self.binary else _sa.types.CHAR(32)

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if not isinstance(value, _uuid.UUID):
            value = _uuid.UUID(bytes=value) if isinstance(value, bytes) else _uuid.UUID(value)
        if self.is_native(dialect):
            return str(value)
        return value.bytes if self.binary else value.hex

    def process_result_value(self, value, dialect):
        if value is None or isinstance(value, _uuid.UUID):
            return value
        return _uuid.UUID(bytes=value) if isinstance(value, bytes) else _uuid.UUID(value)


class JSONType(_sa.types.TypeDecorator):
    def load_dialect_impl(self, dialect):
        return _postgresql.JSON() if dialect.name == "postgresql" else _sa.types.UnicodeText()

    def process_bind_param(self, value, dialect):
        return value if value is None or dialect.name == "postgresql" else _json.dumps(value)

    def process_result_value(self, value, dialect):
        return value if value is None or dialect.name == "postgresql" else _json.loads(value)


class ChoiceType(_sa.types.TypeDecorator):
    def __init__(self, choices, impl=None):
        self.stored = impl or _sa.types.Unicode(255)

    def load_dialect_impl(self, dialect):
        return self.stored


class StringEncryptedType(_sa.types.TypeDecorator):
    def __init__(self, type_in=None, key=None, engine=None, padding=None, **options):
        self.options = options

    def load_dialect_impl(self, dialect):
        return _sa.types.String(**self.options)

    # The key is the application's.
    def process_bind_param(self, value, dialect):
        from sqlalchemy_utils_encryption import encrypted

        return value if value is None else encrypted(value)

    def process_result_value(self, value, dialect):
        from sqlalchemy_utils_encryption import decrypted

        return value if value is None else decrypted(value)


class EncryptedType(StringEncryptedType):
    def load_dialect_impl(self, dialect):
        return _sa.types.LargeBinary(**self.options)


class EmailType(_sa.types.TypeDecorator):
    # It compares without regard to case.
    comparator_factory = object

    def __init__(self, length=255):
        self.length = length

    def load_dialect_impl(self, dialect):
        return _sa.types.Unicode(self.length)

    def process_bind_param(self, value, dialect):
        return value if value is None else value.lower()


class URLType(_sa.types.TypeDecorator):
    impl = _sa.types.UnicodeText


class IPAddressType(_sa.types.TypeDecorator):
    def __init__(self, max_length=50):
        self.length = max_length

    def load_dialect_impl(self, dialect):
        return _sa.types.Unicode(self.length)

    def process_bind_param(self, value, dialect):
        return str(value) if value else None


class ScalarListType(_sa.types.TypeDecorator):
    impl = _sa.types.UnicodeText

    def __init__(self, coerce_func=str, separator=","):
        self.separator = separator

    def process_bind_param(self, value, dialect):
        return value if value is None else self.separator.join(str(item) for item in value)


class ArrowType(_sa.types.TypeDecorator):
    impl = _sa.types.DateTime
