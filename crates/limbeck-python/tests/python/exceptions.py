def attempt(fn):
    try:
        return fn()
    except ZeroDivisionError as e:
        return "zero: %s" % e
    except (KeyError, IndexError) as e:
        return f"lookup {type(e).__name__}: {e}"
    except Exception as e:
        return f"other {type(e).__name__}: {e}"
    finally:
        print("finally")

print(attempt(lambda: 1 / 0))
print(attempt(lambda: {}["a"]))
print(attempt(lambda: [][1]))
print(attempt(lambda: int("x")))
print(attempt(lambda: None.foo))
print(attempt(lambda: undefined_name))
print(attempt(lambda: "a" + 1 if False else len(5)))
print(attempt(lambda: 3))

class Own(ValueError):
    def __init__(self, code):
        super().__init__(f"code {code}")
        self.code = code

try:
    raise Own(7)
except ValueError as e:
    print(e, e.code, isinstance(e, Own), e.args)

try:
    try:
        raise KeyError("k")
    except KeyError:
        raise RuntimeError("second")
except RuntimeError as e:
    print(repr(e))

try:
    try:
        raise ValueError("again")
    except ValueError:
        raise
except ValueError as e:
    print("re-raised", e)

def with_else():
    try:
        pass
    except Exception:
        return "no"
    else:
        return "else"

print(with_else())

def returns_in_finally():
    try:
        return 1
    finally:
        print("cleanup")

print(returns_in_finally())
try:
    raise NotImplementedError
except NotImplementedError as e:
    print("bare", str(e) == "", isinstance(e, RuntimeError))
try:
    assert False, "message"
except AssertionError as e:
    print(e)
try:
    a, b = [1]
except ValueError as e:
    print(e)
