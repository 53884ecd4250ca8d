"""Notes what this process reads, so that what it prints can be used again for as long as all that is as it was.

Everything is looked at just before it is read: what is changed in the meantime will differ later.
"""

import hashlib
import importlib.util
import json
import os
import stat
import sys
import time

# Behind these is something that can't be looked at again.
BEYOND = ("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn", "socket.", "subprocess.")
# What is written twice in a moment may have the same time: some file systems count in steps of two seconds.
MOMENT_NS = 2_000_000_000


class Trace:
    def __init__(self):
        self.start = time.time_ns()
        self.below = os.path.join(os.getcwd(), "")
        self.files = {}
        self.directories = {}
        self.unseen = None
        sys.addaudithook(self.hear)

    def hear(self, event, args):
        try:
            if event == "open":
                self.open(*args)
            elif event in ("os.listdir", "os.scandir"):
                self.directory("." if args[0] is None else args[0])
            elif event == "sqlite3.connect":
                if args[0] != ":memory:":
                    self.miss(f"{args[0]} is a database")
            elif event.startswith(BEYOND) and event != "socket.__new__":
                self.miss(event)
        except Exception as error:
            # It must not reach the models, which did nothing wrong.
            self.miss(f"{event}: {error}")

    def miss(self, reason):
        """Something was read that can't be looked at again."""
        self.unseen = self.unseen or reason

    def open(self, path, mode, flags):
        written_only = flags & os.O_ACCMODE == os.O_WRONLY
        begun_anew = flags & (os.O_TRUNC | os.O_EXCL)
        # A number is a file that was opened before.
        if not (written_only or begun_anew or isinstance(path, int)):
            self.file(path)

    def file(self, path):
        path = os.path.abspath(os.fsdecode(path))
        if path.endswith(".pyc"):
            try:
                # It is written anew when its source changes, also by this process.
                path = os.path.abspath(importlib.util.source_from_cache(path))
            except ValueError:
                pass
        if path in self.files:
            return
        self.files[path] = None
        # Of two files that may be there, models may ask for the other one first, which is no event.
        if path.startswith(self.below):
            self.directory(os.path.dirname(path))
        try:
            found = os.stat(path)
        except OSError:
            return
        self.files[path] = [found.st_size, found.st_mtime_ns, found.st_ino]
        if not stat.S_ISREG(found.st_mode) or path.startswith(("/proc/", "/sys/")):
            self.miss(f"{path} is no plain file")
        elif found.st_mtime_ns > self.start - MOMENT_NS:
            self.miss(f"{path} was changed a moment ago")

    def directory(self, path):
        path = os.path.abspath(os.fsdecode(path))
        if path in self.directories:
            return
        # At once, since to list it is an event too.
        self.directories[path] = None
        try:
            names = os.listdir(path)
        except OSError:
            return
        names = sorted(os.fsencode(name) for name in names if name != "__pycache__")
        self.directories[path] = hashlib.sha256(b"\0".join(names)).hexdigest()

    def python(self):
        """What Python read before it came here, and where it would look for modules."""
        self.file(sys.executable)
        self.file(os.path.join(sys.prefix, "pyvenv.cfg"))
        for module in list(sys.modules.values()):
            # Not with getattr, which loads some modules.
            file = getattr(module, "__dict__", {}).get("__file__")
            if file:
                self.file(file)
        for place in sys.path:
            if os.path.isfile(place):
                self.file(place)
                continue
            self.directory(place)
            if os.path.isdir(place):
                names = (name for name in os.listdir(place or ".") if name.endswith(".pth"))
                for name in names:
                    self.file(os.path.join(place, name))

    def tell(self, out):
        self.python()
        told = {"files": self.files, "directories": self.directories, "unseen": self.unseen}
        print(f"-- limbeck:read {json.dumps(told)}", file=out)
