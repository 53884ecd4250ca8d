"""Answers questions about revision graphs with genuine Alembic.

Each line of input is a JSON object with a graph and queries in it; each line of output has the
answers. Nothing is decided here: where Alembic raises, the class of what it raised is the answer.
"""

import json
import signal
import sys
import types
import warnings

from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory
from alembic.script import revision

warnings.simplefilter("ignore")


class Script(revision.Revision):
    module = types.SimpleNamespace(upgrade=lambda: None, downgrade=lambda: None)
    doc = ""


class RevisionMap(revision.RevisionMap):
    def _normalize_depends_on(self, revisions, map_):
        # Alembic takes the order from a set of strings, which changes from process to process.
        super()._normalize_depends_on(revisions, map_)
        for rev in revisions:
            kept = rev._normalized_resolved_dependencies
            rev._normalized_resolved_dependencies = tuple(
                sorted(kept, key=rev._resolved_dependencies.index)
            )


class Rows(HeadMaintainer):
    """The rows of a version table that is not there."""

    def _insert_version(self, version):
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, from_, to_):
        assert to_ not in self.heads
        self.heads.remove(from_)
        self.heads.add(to_)


def script_directory(revisions):
    directory = ScriptDirectory.__new__(ScriptDirectory)
    scripts = [
        Script(r["id"], tuple(r["revises"]), tuple(r["depends_on"]) or None, tuple(r["labels"]) or None)
        for r in revisions
    ]
    directory.revision_map = RevisionMap(lambda: scripts)
    directory.revision_map._revision_map
    return directory


def kind(error):
    cause = error.__cause__ or error
    for class_, name in (
        (revision.RangeNotAncestorError, "range"),
        (revision.MultipleHeads, "multiple heads"),
        (revision.ResolutionError, "not found"),
        (revision.RevisionError, "revision"),
    ):
        if isinstance(cause, class_):
            return name
    return "crash"


def ids(revisions):
    for found in revisions:
        # A walk that ends at the base says so with a word, and one that is too long with nothing.
        assert isinstance(found, revision.Revision), found
    return [found.revision for found in revisions]


def run(steps, rows):
    maintainer = Rows(None, rows)
    listed = []
    for step in steps:
        maintainer.update_to_step(step)
        runs = getattr(step, "revision", None)
        listed.append(
            [
                runs.revision if runs else None,
                "up" if step.is_upgrade else "down",
                list(step.from_revisions_no_deps),
                list(step.to_revisions_no_deps),
            ]
        )
    return {"steps": listed, "rows": sorted(maintainer.heads)}


def answer(directory, query):
    rows = tuple(query["rows"])
    match query["command"]:
        case "upgrade":
            return run(directory._upgrade_revs(query["target"], rows), rows)
        case "downgrade":
            return run(directory._downgrade_revs(query["target"], rows), rows)
        case "stamp":
            return run(directory._stamp_revs(tuple(query["targets"]), rows), rows)
        case "resolve":
            return {"ids": ids(directory.get_revisions(query["target"]))}
        case "history":
            lower, upper = query["lower"] or "base", query["upper"] or "heads"
            lower = rows if lower == "current" else lower
            upper = rows if upper == "current" else upper
            return {"ids": ids(list(directory.walk_revisions(lower, upper)))}
        case "current":
            return {"ids": sorted(ids(directory.get_all_current(rows)))}


def attempt(function, *arguments):
    # A few walks of Alembic never end.
    signal.setitimer(signal.ITIMER_VIRTUAL, 5)
    try:
        return function(*arguments)
    except Exception as error:
        return {"error": kind(error), "message": f"{type(error).__name__}: {error}"}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def give_up(number, frame):
    raise AssertionError("no answer after five seconds of computing")


signal.signal(signal.SIGVTALRM, give_up)


def describe(directory):
    map_ = directory.revision_map
    all_ = [r for k, r in map_._revision_map.items() if r is not None and k == r.revision]
    return {
        "heads": list(map_.heads),
        "real_heads": list(map_._real_heads),
        "bases": list(map_.bases),
        "labels": {r.revision: sorted(r.branch_labels) for r in all_},
        "branch_points": [r.revision for r in all_ if r.is_branch_point],
        "dependencies": {r.revision: list(dict.fromkeys(r._resolved_dependencies)) for r in all_},
    }


for line in sys.stdin:
    request = json.loads(line)
    directory = attempt(script_directory, request["revisions"])
    if isinstance(directory, dict):
        reply = directory
    else:
        reply = describe(directory)
        reply["answers"] = [attempt(answer, directory, query) for query in request["queries"]]
    print(json.dumps(reply), flush=True)
