#!/usr/bin/env python3
"""Writes each revision of an Alembic project as a SQL file for limbeck, with the same id and parents.

usage: python from_alembic.py OUTPUT-DIRECTORY [ALEMBIC.INI]

Run it with the project's own Python, where alembic.ini is. The SQL is what 'alembic upgrade --sql' prints, for the
database that env.py names. No database is asked. A revision that can't be rendered is reported and left out.
"""
import io
import logging
import re
import sys
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import to_tuple


def render(config, scripts, script, direction):
    """The SQL of one revision, cut into limbeck's sections where Alembic prints BEGIN and COMMIT."""
    config.output_buffer = io.StringIO()

    def run(_heads, _context, **options):
        getattr(script.module, direction)(**options)
        return []  # Alembic itself has no step to do, and prints nothing of its version table.

    start = to_tuple(script.down_revision, default=()) if direction == "upgrade" else (script.revision,)
    with EnvironmentContext(config, scripts, fn=run, as_sql=True, starting_rev=start):
        scripts.run_env()
    sql = re.sub(r"^BEGIN;$", f"-- limbeck:{direction}", config.output_buffer.getvalue(), flags=re.M)
    sql = re.sub(r"^COMMIT;$", f"-- limbeck:{direction} autocommit", sql, flags=re.M)
    sections = re.split(r"^(?=-- limbeck:)", f"-- limbeck:{direction}\n{sql}", flags=re.M)
    filled = [re.sub(r"\n+", "\n", section.strip(), count=1) for section in sections if "\n" in section.strip()]
    return filled or [f"-- limbeck:{direction}"]


def header(script):
    words = {
        "Revision ID": script.revision,
        "Revises": ", ".join(to_tuple(script.down_revision, default=())) or "none",
        "Depends on": ", ".join(to_tuple(script.dependencies, default=())),
        "Branch labels": ", ".join(to_tuple(getattr(script.module, "branch_labels", None), default=())),
        "Create Date": next(iter(re.findall(r"^Create Date: *(.+)$", script.longdoc or "", re.M)), ""),
    }
    lines = [f"{word}: {value}" for word, value in words.items() if value]
    return "\n".join(f"-- {line}".rstrip() for line in [script.doc or script.revision, "", *lines])


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    logging.disable(logging.INFO)
    output = Path(sys.argv[1])
    config = Config(sys.argv[2] if len(sys.argv) == 3 else "alembic.ini")
    scripts = ScriptDirectory.from_config(config)
    output.mkdir(parents=True, exist_ok=True)
    failed = 0
    for script in reversed(list(scripts.walk_revisions())):
        parts = [header(script)]
        for direction in ("upgrade", "downgrade"):
            try:
                parts += render(config, scripts, script, direction)
            except Exception as error:  # The revision's own code may raise anything.
                print(f"{script.revision}: no {direction}: {type(error).__name__}: {error}", file=sys.stderr)
                if direction == "upgrade":
                    failed += 1
                    break
        else:
            (output / f"{Path(script.path).stem}.sql").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
            continue
        # Without an upgrade there is no file, so that limbeck misses it aloud.
    sys.exit(f"{failed} revisions must be written by hand" if failed else 0)


if __name__ == "__main__":
    main()
