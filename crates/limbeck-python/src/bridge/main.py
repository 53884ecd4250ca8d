"""What the helper does."""

import logging
import os
import signal
import sys
import traceback

from limbeck_bridge import revision
from limbeck_bridge.wire import Said, Wire


def main(requests, answers, task):
    # An interrupt is limbeck's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wire = Wire(requests, answers)
    sys.stdout = said = Said(wire)
    # What '-c' puts there is the working directory, which is none of the project's own.
    sys.path[:1] = task["path"]
    try:
        _do(wire, task)
    except Exception:
        message = traceback.format_exc().strip()
        wire.tell("failed", line=None, failure=None, is_database=False, frames=[], message=message)
    said.finish()
    sys.stderr.flush()
    logging.shutdown()
    wire.tell("end")
    os._exit(0)


def _do(wire, task):
    missing = revision.missing()
    if missing is not None:
        wire.tell("missing", module=missing)
    elif task["do"] == "look":
        wire.tell("found", **revision.versions())
    else:
        revision.run(wire, task)
