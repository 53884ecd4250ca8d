"""Times limbeck and Alembic on the revisions that packages on PyPI ship: from an empty database to the heads, and with nothing to do.

Alembic is given a loader that stands in for what the revisions import and is not installed, so that it need not import whole
applications; its time has none of them. limbeck runs without Python.
"""

import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile

from measure import LIMBECK, ROOT, WORK, Results, alternate, postgres, run, version, write

REFERENCE = os.path.join(ROOT, "crates", "limbeck-cli", "tests", "histories", "reference.py")
ALEMBIC = "alembic==1.20.1 sqlalchemy==2.1.9 psycopg2-binary==2.9.11 sqlalchemy-utils==0.43.0 alembic-postgresql-enum==1.11.0"
# The package, its revisions, where they run, and what Alembic needs to load them.
HISTORIES = [
    ("argilla-server==2.8.0", "argilla_server/alembic/versions", ["sqlite", "postgresql"], ""),
    ("mage-ai==0.9.80", "mage_ai/orchestration/db/migrations/versions", ["sqlite", "postgresql"], ""),
    (
        "open-webui==0.12.4",
        "open_webui/migrations/versions",
        ["sqlite", "postgresql"],
        "greenlet==3.5.6 aiosqlite==0.22.1 asyncpg==0.32.0",
    ),
    ("dstack==0.22.5", "dstack/_internal/server/migrations/versions", ["sqlite", "postgresql"], "dstack==0.22.5"),
    ("glance==33.0.0", "glance/db/sqlalchemy/alembic_migrations/versions", ["sqlite", "postgresql"], "glance==33.0.0"),
    ("zuul==14.3.0", "zuul/driver/sql/alembic/versions", ["postgresql"], ""),
    ("ckan==2.12.0", "ckan/migration/versions", ["postgresql"], ""),
]


def unpacked(package):
    """The files of a package."""
    root = os.path.join(WORK, "histories", package.replace("==", "-"))
    if not os.path.exists(f"{root}/done"):
        os.makedirs(root, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", package, "-d", root]
        subprocess.run(pip, check=True)
        for wheel in [name for name in os.listdir(root) if name.endswith(".whl")]:
            shutil.unpack_archive(os.path.join(root, wheel), root, "zip")
        write(f"{root}/done", "")
    return root


def python(package, needs):
    """A Python that has Alembic and what a history needs besides."""
    home = os.path.join(WORK, "venvs", package if needs else "alembic")
    if not os.path.exists(f"{home}/done"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([f"{home}/bin/pip", "install", "-q", *needs.split(), *ALEMBIC.split()], check=True)
        write(f"{home}/done", "")
    return f"{home}/bin/python"


def measure(results, base, port, package, versions, database, needs):
    root = unpacked(package)
    interpreter = python(package, needs)
    ini = f"{base}/{package}.ini"
    text = f"[alembic]\nscript_location = {base}\nversion_locations = {root}/{versions}\nprepend_sys_path = {root}\n"
    write(ini, text + "path_separator = newline\nrecursive_version_locations = true\n")
    psql = ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
    urls = {
        "sqlite": lambda name: f"sqlite:///{base}/{name}.db",
        "postgresql": lambda name: f"postgresql+psycopg2://postgres@127.0.0.1:{port}/{name}",
    }
    url = urls[database]

    def fresh(tool):
        name = tool.lower()
        if database == "postgresql":
            run([*psql, "-c", f"DROP DATABASE IF EXISTS {name}", "-c", f"CREATE DATABASE {name}"])
        elif os.path.exists(f"{base}/{name}.db"):
            os.remove(f"{base}/{name}.db")

    genuine = [interpreter, REFERENCE, root, versions, url("alembic"), "upgrade", "heads"]
    native = [LIMBECK, "-c", ini, "-q", "--url", url("limbeck"), "upgrade", "heads"]
    tools = {
        "Alembic": lambda how: how(genuine, env={"WEBUI_SECRET_KEY": "none"}),
        "limbeck": lambda how: how(native, env={"LIMBECK_PYTHON": "none"}),
    }
    name = package.replace("==", " ")
    results.table(f"{name}, {database}: from empty", "Alembic", alternate(tools, 5, before=fresh))
    results.table(f"{name}, {database}: nothing to do", "Alembic", alternate(tools, 5))


def main():
    results = Results()
    base = tempfile.mkdtemp(prefix="limbeck-bench-")
    try:
        with postgres() as port:
            for package, versions, databases, needs in HISTORIES:
                for database in databases:
                    measure(results, base, port, package, versions, database, needs)
    finally:
        shutil.rmtree(base)
    header = [
        "# The revisions of packages",
        "",
        f"Written by `bench/histories` on {datetime.date.today()}: {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        "both tools in one run, taking turns, on one machine and one server with default settings. Each revision is a transaction.",
        "",
        f"- {version([LIMBECK, '--version'])}",
        f"- {ALEMBIC}, {platform.python_implementation()} {platform.python_version()}",
    ]
    page = "\n".join(header + results.text) + "\n"
    print(page)
    write(os.path.join(ROOT, "bench", "results-histories.md"), page)


if __name__ == "__main__":
    main()
