# SQLAlchemy-Utils' types: what columns of them are, and how their values are stored.
import json
import uuid

from sqlalchemy import types
from sqlalchemy.dialects import postgresql


class UUIDType(types.TypeDecorator):
    def __init__(self, binary=True, native=True):
        self.binary = binary
        self.native = native

    def is_native(self, dialect):
        return self.native and dialect.name in ("postgresql", "cockroachdb")

    def load_dialect_impl(self, dialect):
        if self.is_native(dialect):
            return postgresql.UUID()
        return types.BINARY(16) if self.binary else types.CHAR(32)

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if not isinstance(value, uuid.UUID):
            value = uuid.UUID(bytes=value) if isinstance(value, bytes) else uuid.UUID(value)
        if self.is_native(dialect):
            return str(value)
        return value.bytes if self.binary else value.hex

    def process_result_value(self, value, dialect):
        if value is None or isinstance(value, uuid.UUID):
            return value
        return uuid.UUID(bytes=value) if isinstance(value, bytes) else uuid.UUID(value)


class JSONType(types.TypeDecorator):
    def load_dialect_impl(self, dialect):
        return postgresql.JSON() if dialect.name == "postgresql" else types.UnicodeText()

    def process_bind_param(self, value, dialect):
        return value if value is None or dialect.name == "postgresql" else json.dumps(value)

    def process_result_value(self, value, dialect):
        return value if value is None or dialect.name == "postgresql" else json.loads(value)


class ChoiceType(types.TypeDecorator):
    def __init__(self, choices, impl=None):
        self.stored = impl or types.Unicode(255)

    def load_dialect_impl(self, dialect):
        return self.stored


class StringEncryptedType(types.TypeDecorator):
    def __init__(self, type_in=None, key=None, engine=None, padding=None, **options):
        self.options = options

    def load_dialect_impl(self, dialect):
        return types.String(**self.options)

    # The key is the application's.
    def process_bind_param(self, value, dialect):
        from sqlalchemy_utils_encryption import encrypted

        return value if value is None else encrypted(value)

    def process_result_value(self, value, dialect):
        from sqlalchemy_utils_encryption import decrypted

        return value if value is None else decrypted(value)


class EncryptedType(StringEncryptedType):
    def load_dialect_impl(self, dialect):
        return types.LargeBinary(**self.options)


class EmailType(types.TypeDecorator):
    # It compares without regard to case.
    comparator_factory = object

    def __init__(self, length=255):
        self.length = length

    def load_dialect_impl(self, dialect):
        return types.Unicode(self.length)

    def process_bind_param(self, value, dialect):
        return value if value is None else value.lower()


class URLType(types.TypeDecorator):
    impl = types.UnicodeText


class IPAddressType(types.TypeDecorator):
    def __init__(self, max_length=50):
        self.length = max_length

    def load_dialect_impl(self, dialect):
        return types.Unicode(self.length)

    def process_bind_param(self, value, dialect):
        return str(value) if value else None


class ScalarListType(types.TypeDecorator):
    impl = types.UnicodeText

    def __init__(self, coerce_func=str, separator=","):
        self.separator = separator

    def process_bind_param(self, value, dialect):
        return value if value is None else self.separator.join(str(item) for item in value)


class ArrowType(types.TypeDecorator):
    impl = types.DateTime
