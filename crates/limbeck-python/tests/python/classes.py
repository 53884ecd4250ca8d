class Base:
    kind = "base"

    def __init__(self, name):
        self.name = name

    def describe(self):
        return f"{self.kind}:{self.name}"

    @property
    def shout(self):
        return self.name.upper()

    @staticmethod
    def helper(x):
        return x * 2

    @classmethod
    def make(cls, name):
        return cls(name)

    def __repr__(self):
        return f"Base({self.name!r})"

    def __eq__(self, other):
        return self.name == other.name


class Child(Base):
    kind = "child"

    def __init__(self, name, extra=None):
        super().__init__(name)
        self.extra = extra

    def describe(self):
        return super().describe() + "!"

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return key * 2

    def __call__(self, x):
        return x + 1

    def __contains__(self, x):
        return x == "in"


b, c = Base("b"), Child.make("c")
print(b.describe(), c.describe(), b.shout, Base.helper(3), c.helper(4), b, [c], b == Base("b"), b != c)
print(isinstance(c, Base), isinstance(b, Child), issubclass(Child, Base), Child.kind, c.extra, type(c).__name__, Child.__name__)
print(len(c) if False else bool(c), c[4], c(1), "in" in c, "x" in c)
c.extra = [1]
c.extra.append(2)
print(c.extra, hasattr(c, "nope"), getattr(c, "nope", "dflt"), getattr(c, "name"))
setattr(c, "later", 1)
print(c.later)


class Manager:
    def __enter__(self):
        print("enter")
        return "value"

    def __exit__(self, kind, error, trace):
        print("exit", error)
        return isinstance(error, KeyError)


class Version:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        if not isinstance(other, Version):
            return NotImplemented
        return self.n == other.n


print(Version(1) == Version(1), Version(1) == Version(2), Version(1) == 1)

with Manager() as m:
    print(m)
with Manager(), Manager() as second:
    raise KeyError("swallowed")
print("after")


# What is in a class is not seen from its functions.
def size():
    return "outside"


class Box:
    def size(self):
        return "inside"

    def told(self):
        return size(), self.size(), [size() for _ in range(1)]

    wide = lambda self: size()


print(Box().told(), Box().wide())


class Plain:
    def __init__(self, *args):
        self.impl = 3
        self.args = args
        super().__init__()


print(Plain(1, 2).impl, Plain(1, 2).args)
