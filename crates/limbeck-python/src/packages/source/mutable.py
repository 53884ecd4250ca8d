# sqlalchemy.ext.mutable: objects of the ORM's notice changes; columns are what they are without it.
class Mutable:
    @classmethod
    def as_mutable(cls, sqltype):
        return sqltype

    @classmethod
    def associate_with(cls, sqltype):
        pass


class MutableDict(Mutable):
    pass


class MutableList(Mutable):
    pass


class MutableSet(Mutable):
    pass
