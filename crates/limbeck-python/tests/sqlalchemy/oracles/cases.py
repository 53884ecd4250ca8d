"""What SQLAlchemy makes of the cases: one JSON list a file and dialect, in the order of its input."""

import json
import sys
import warnings

from sqlalchemy.engine import make_url

warnings.simplefilter("ignore")
MARK = "\n# Cases\n"
DRIVERS = {"postgresql": "postgresql+psycopg2"}


def dialect(name):
    made = make_url(f"{DRIVERS.get(name, name)}://").get_dialect()(paramstyle="named")
    # These are settings of a server: the cases are for one as it comes.
    made._backslash_escapes = name in ("mysql", "mariadb")
    return made


def text(made, dialect):
    return str(made.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def answer(case, names, dialect):
    try:
        return {"sql": text(eval(case, names), dialect)}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


results = {}
for file in sys.argv[1:]:
    with open(file) as opened:
        before, cases = opened.read().split(MARK)
    lines = [line for line in cases.splitlines() if line and not line.startswith("#")]
    for name in ("sqlite", "postgresql", "mysql", "mariadb"):
        names = {}
        exec(before, names)
        results[f"{file} {name}"] = [answer(line, names, dialect(name)) for line in lines]
json.dump(results, sys.stdout)
