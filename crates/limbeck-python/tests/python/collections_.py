a = [3, 1, 2]
a.append(4); a.extend([5, 6]); a.insert(1, 9); a.remove(3)
print(a, a.pop(), a.pop(0), a, a.index(2), a.count(2), a[::-1], a[1:], a[-2:], a[::2], a[5:1:-1])
a.sort(); print(a); a.sort(reverse=True); print(a); a.reverse(); print(a, a.copy(), len(a))
print(sorted(["b", "A", "c"], key=str.lower), sorted([(1, "b"), (1, "a"), (0, "c")], key=lambda p: p[0]), sorted([(1, "b"), (1, "a"), (0, "c")], key=lambda p: p[0], reverse=True))
b = a
b += [100]
print(a is b, a)
a[0] = "first"; del a[1]; print(a)
d = {"x": 1}
d["y"] = 2; d.update({"z": 3}, w=4); d.setdefault("v", []).append(1)
print(d, d.get("q"), d.get("q", 5), d.pop("x"), d.pop("nope", None), list(d.items()), list(d.keys()), list(d.values()))
for k, v in d.items():
    print(k, v)
del d["y"]
print("y" in d, d.popitem(), d.copy(), {**d, "more": 1}, dict.fromkeys(["a", "b"], 0))
s = {1, 2}
s.add(3); s.discard(1); s.update([7, 8])
print(sorted(s), s.issubset({2, 3, 7, 8, 9}), s >= {2} if False else s.issuperset({2}), sorted(s.union([100])), sorted(s.difference({2})), s.isdisjoint({5}))
first, *rest = [1, 2, 3]
*init, last = (1, 2, 3)
x, (y, z) = 1, (2, 3)
print(first, rest, init, last, x, y, z)
print([i * j for i in range(3) for j in range(3) if i != j], {k: v for k, v in zip("ab", [1, 2])}, {c for c in "aa"}, list(i for i in range(3)))
print(list(enumerate("ab", 1)), list(zip([1, 2, 3], "ab")), list(map(lambda v: v + 1, [1, 2])), list(filter(None, [0, 1, "", "a"])), list(reversed([1, 2])), any([0, 1]), all([]), list(range(5, 0, -2)))
it = iter([1, 2])
print(next(it), next(it), next(it, "end"))
print([*range(2), *"ab"], (*[1], 2), {**{"a": 1}}, [x for x in [1, 2, 3] if (h := x) > 1], h)
print("abc"[1], "abc"[-1], "abc"[::-1], (1, 2, 3)[1:], b"abc"[0], b"abc"[1:])
print(isinstance(1, int), isinstance(True, int), isinstance("a", (int, str)), isinstance([], list), isinstance(None, str), type(1) == int, type("a").__name__)
