def f(a, b=2, *args, c, d=4, **kw):
    return (a, b, args, c, d, kw)

print(f(1, c=3), f(1, 2, 3, 4, c=5, d=6, e=7), f(*[1, 2], **{"c": 3}))

def outer():
    count = 0
    def inner():
        nonlocal count
        count += 1
        return count
    inner()
    return inner() + count

print(outer())
total = 0

def add():
    global total
    total = total + 5

add()
print(total)
fns = [lambda x, i=i: x + i for i in range(3)]
print([fn(10) for fn in fns])

def gen(n):
    for i in range(n):
        yield i * i
    yield from ["a", "b"]

print(list(gen(3)), sum(i for i in range(4)))

def fact(n):
    return 1 if n < 2 else n * fact(n - 1)

print(fact(20))

def deco(fn):
    def wrapped(*a, **k):
        return "<" + fn(*a, **k) + ">"
    return wrapped

@deco
def hello(name="x"):
    return name

print(hello(), hello(name="y"))

def early(values):
    for v in values:
        if v == 2:
            continue
        if v == 4:
            break
    else:
        return "all"
    return v

print(early([1, 2, 3]), early([1, 4, 5]))
n = 0
while True:
    n += 1
    if n > 3:
        break
print(n)
assert n == 4, "never"
x = 1 if n else 2
print(x, (lambda: 5)(), (lambda *a: a)(1, 2))

def default_list(v, acc=[]):
    acc.append(v)
    return acc

print(default_list(1), default_list(2))
for i, (a, b) in enumerate([(1, 2), (3, 4)]):
    print(i, a, b)


# Functions around the block of a `with`.
import contextlib
from contextlib import contextmanager


@contextmanager
def around(name, swallow=False):
    print("before", name)
    try:
        yield name.upper()
        print("went well")
    except ValueError as error:
        print("caught", error)
        if not swallow:
            raise
    finally:
        print("after", name)


@contextlib.contextmanager
def maybe(really):
    if not really:
        yield
        return
    with around("inner") as inner:
        yield inner
    print("end")


with around("a") as a, around("b") as b:
    print(a, b)
with around("c", swallow=True):
    raise ValueError("oh")
try:
    with around("d"):
        raise ValueError("no")
except ValueError as error:
    print("outside", error)
with maybe(False) as nothing:
    print(nothing)


def early():
    for number in range(3):
        with maybe(True) as inner:
            if number == 0:
                continue
            return number, inner


print(early())


@contextmanager
def never():
    if False:
        yield


try:
    with never():
        pass
except RuntimeError as error:
    print(error)
print([x for x in (y * 2 for y in range(3))])
