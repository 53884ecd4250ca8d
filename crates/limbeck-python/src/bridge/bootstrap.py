"""Starts the helper: its modules, and what it is to do, are the first line of the standard input."""

import json
import os
import sys
import types

# Both streams are limbeck's. The program that is run finds an empty input, and what it prints goes where its errors go.
answers = os.fdopen(os.dup(0), "rb")
requests = os.dup(1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)

first = json.loads(answers.readline())
package = types.ModuleType("limbeck_bridge")
package.__path__ = []
sys.modules["limbeck_bridge"] = package
for name, source in first["modules"]:
    module = types.ModuleType("limbeck_bridge." + name)
    sys.modules[module.__name__] = module
    setattr(package, name, module)
    exec(compile(source, "<limbeck " + name + ">", "exec"), module.__dict__)
module.main(requests, answers, first["task"])
