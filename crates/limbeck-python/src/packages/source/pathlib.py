# pathlib, for files beside a revision.
import os


class PurePath:
    def __init__(self, *parts):
        whole = os.path.join(*[str(part) for part in parts]) if parts else ""
        steps = [step for step in whole.split("/") if step not in ("", ".")]
        self._path = ("/" if whole.startswith("/") else "") + "/".join(steps) or "."

    def __truediv__(self, other):
        return Path(self, other)

    def __str__(self):
        return self._path

    def __fspath__(self):
        return self._path

    def __repr__(self):
        return f"PosixPath({self._path!r})"

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._path == other._path

    def joinpath(self, *others):
        return Path(self, *others)

    @property
    def parent(self):
        return Path(os.path.dirname(self._path) or ".")

    @property
    def parents(self):
        found = []
        path = self
        while path.parent != path:
            path = path.parent
            found.append(path)
        return found

    @property
    def name(self):
        return os.path.basename(self._path)

    @property
    def suffix(self):
        return os.path.splitext(self.name)[1]

    @property
    def stem(self):
        return os.path.splitext(self.name)[0]

    def with_suffix(self, suffix):
        return Path(os.path.splitext(self._path)[0] + suffix)

    def with_name(self, name):
        return Path(self.parent, name)


class Path(PurePath):
    def resolve(self):
        return Path(os.path.abspath(self._path))

    def absolute(self):
        return Path(os.path.abspath(self._path))

    def exists(self):
        return os.path.exists(self._path)

    def is_file(self):
        return os.path.isfile(self._path)

    def is_dir(self):
        return os.path.isdir(self._path)

    def open(self, mode="r", encoding=None):
        return open(self._path, mode, encoding=encoding)

    def read_text(self, encoding=None):
        return open(self._path, encoding=encoding).read()

    def read_bytes(self):
        return open(self._path, "rb").read()


PosixPath = Path
PurePosixPath = PurePath
