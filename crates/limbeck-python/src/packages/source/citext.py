# citext's column type.
from sqlalchemy.dialects import postgresql


class CIText(postgresql.CITEXT):
    pass
