"""Writes revisions without what their application is needed for: their docstrings, and the names that Alembic reads.

bare.py ROOT VERSIONS DIRECTORY

A value from a module of the package is looked for in that module's text.
"""

import ast
import os
import sys

NAMES = {"revision", "down_revision", "branch_labels", "depends_on"}


def names(statement):
    match statement:
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def sources(tree, root):
    """Where imported names are: name -> the module's file."""
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            for alias in statement.names:
                path = os.path.join(root, *statement.module.split("."), f"{alias.name}.py")
                if os.path.exists(path):
                    found[alias.asname or alias.name] = path
    return found


class Constants(ast.NodeTransformer):
    """Puts values in the place of `module.NAME`."""

    def __init__(self, sources):
        self.sources = sources

    def visit_Attribute(self, node):
        path = self.sources.get(getattr(node.value, "id", None))
        if path is None:
            return node
        with open(path, encoding="utf-8") as file:
            module = ast.parse(file.read())
        values = [statement.value for statement in module.body if node.attr in names(statement)]
        return values[-1]


def bare(text, root):
    tree = ast.parse(text)
    constants = Constants(sources(tree, root))
    kept = [constants.visit(statement) for statement in tree.body if names(statement) & NAMES]
    for statement in kept:
        if isinstance(statement, ast.AnnAssign):
            statement.annotation = ast.Name("object")
    docstring = ast.get_docstring(tree, clean=False)
    return f"{docstring or ''!r}\n" + "\n".join(map(ast.unparse, kept)) + "\n"


def main():
    root, versions, directory = sys.argv[1:4]
    for folder, _, files in os.walk(versions):
        target = os.path.join(directory, "versions", os.path.relpath(folder, versions))
        os.makedirs(target, exist_ok=True)
        for name in files:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read() if name.endswith(".py") else ""
            # Helpers of a package are no revisions, and Alembic would say so.
            if "down_revision" in text:
                with open(os.path.join(target, name), "w", encoding="utf-8") as file:
                    file.write(bare(text, root))


main()
