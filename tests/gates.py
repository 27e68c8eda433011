"""The house's own gates, beside ruff, mypy and import-linter. `make check` runs them.

Long functions, import cycles and swallowed errors are what tells poor code of this field
from good; so those are counted, and a violation ends the build.
"""

import ast
import re
import sys
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import grimp

ROOMS = ("alerts", "krasae", "listener", "locales", "nlp", "trends")
LONG, TOO_LONG, LONG_SHARE = 45, 80, 0.03  # lines of a function without its docstring
LONG_FILE = 400
# A file may be longer when it has a reason to be one file.
LONG_FILES: dict[str, str] = {}
# Where any error at all is caught, noted, and the rest goes on.
RIMS = {
    "listener/collect/station.py": "a source's run",
    "alerts/deliver.py": "a channel's send",
    "krasae/engine/local.py": "a stage's run",
}
MAY_PRINT = ("krasae/cli/", "nlp/training/", "benchmarks/", "tests/")
PURE = ("nlp/", "trends/")
NOT_PURE = ("/stage.py", "/stage/", "/schema.py", "nlp/training/")
# Beside the command groups, what they share.
SHARED = ("krasae/cli/__init__.py", "krasae/cli/options.py", "krasae/cli/output.py")
CLOCKS = {"now", "utcnow", "today"}
_LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


@dataclass(frozen=True)
class Source:
    """One Python file of the project; `path` is relative to its root."""

    path: str
    text: str
    tree: ast.Module

    @property
    def in_a_room(self) -> bool:
        return self.path.partition("/")[0] in ROOMS


def read(root: Path) -> list[Source]:
    """Every Python file of the rooms, the tests and the benchmarks."""
    found = []
    for folder in (*ROOMS, "tests", "benchmarks"):
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text("utf-8")
            found.append(Source(path.relative_to(root).as_posix(), text, ast.parse(text)))
    return found


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def long_functions(sources: Sequence[Source]) -> Iterator[str]:
    """None over TOO_LONG, and only a small share over LONG."""
    sizes = [
        (length(node), f"{source.path}:{node.lineno} {node.name}")
        for source in sources
        if source.in_a_room
        for node in ast.walk(source.tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    long = sorted((size, name) for size, name in sizes if size > LONG)
    for size, name in long:
        if size > TOO_LONG:
            yield f"{name} has {size} lines; none may have more than {TOO_LONG}"
    if len(long) > LONG_SHARE * len(sizes):
        yield f"{len(long)} of {len(sizes)} functions have more than {LONG} lines:"
        yield from (f"  {name} has {size}" for size, name in long)


def long_files(sources: Sequence[Source]) -> Iterator[str]:
    """A file over LONG_FILE lines needs a reason; a reason needs such a file."""
    sizes = {source.path: source.text.count("\n") for source in sources if source.in_a_room}
    for path, size in sizes.items():
        if size > LONG_FILE and path not in LONG_FILES:
            yield f"{path} has {size} lines and no reason in LONG_FILES"
    for path in LONG_FILES:
        if sizes.get(path, 0) <= LONG_FILE:
            yield f"{path} is in LONG_FILES and not long"


def swallowed_errors(sources: Sequence[Source]) -> Iterator[str]:
    """`except Exception` only at the rims, or where the error goes on."""
    for source in sources:
        if source.path in RIMS or not source.in_a_room:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _goes_on(node):
                yield f"{source.path}:{node.lineno} catches any error, and is no rim"


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
        for kind in kinds
    )


def _goes_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def prints(sources: Sequence[Source]) -> Iterator[str]:
    """Only commands talk."""
    for source in sources:
        if source.path.startswith(MAY_PRINT):
            continue
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "print"
            ):
                yield f"{source.path}:{node.lineno} prints"


def left_overs(sources: Sequence[Source]) -> Iterator[str]:
    """Nothing is half-done."""
    for source in sources:
        for token in tokenize.generate_tokens(StringIO(source.text).readline):
            if token.type == tokenize.COMMENT and (found := _LEFT_OVER.search(token.string)):
                yield f"{source.path}:{token.start[0]} says {found[1]}"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node):
                yield f"{source.path}:{node.lineno} is not implemented"


def clocks(sources: Sequence[Source]) -> Iterator[str]:
    """In the functional core the time comes in as an argument."""
    for source in sources:
        if not source.path.startswith(PURE) or any(part in source.path for part in NOT_PURE):
            continue
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in CLOCKS
            ):
                yield f"{source.path}:{node.lineno} looks at the clock"


def heavy_commands(sources: Sequence[Source]) -> Iterator[str]:
    """What `krasae --help` loads imports only typer and the standard library at its top."""
    light = {*sys.stdlib_module_names, "typer"}
    for source in sources:
        is_group = "\ndef register(" in source.text
        if not source.path.startswith("krasae/cli/") or not (is_group or source.path in SHARED):
            continue
        for node in source.tree.body:
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                if name.partition(".")[0] not in light and not name.startswith("krasae.cli"):
                    yield f"{source.path}:{node.lineno} imports {name} at its top"


def cycles(graph: grimp.ImportGraph) -> Iterator[str]:
    """Groups of modules that import each other, in functions too."""
    seen: set[str] = set()
    for module in sorted(graph.modules):
        if module in seen:
            continue
        ring = graph.find_upstream_modules(module) & graph.find_downstream_modules(module)
        if ring:
            ring |= {module}
            seen |= ring
            yield f"import cycle: {', '.join(sorted(ring))}"


GATES: tuple[Callable[[Sequence[Source]], Iterator[str]], ...] = (
    long_functions,
    long_files,
    swallowed_errors,
    prints,
    left_overs,
    clocks,
    heavy_commands,
)


def violations(root: Path) -> list[str]:
    """Everything that the gates refuse in the project at `root`."""
    sources = read(root)
    return [said for gate in GATES for said in gate(sources)]


def main() -> int:
    root = Path(__file__).parents[1]
    found = violations(root)
    graph = grimp.build_graph(*ROOMS, exclude_type_checking_imports=True, cache_dir=None)
    found += cycles(graph)
    for line in found:
        print(line)
    print(f"gates: {len(found)} violations" if found else "gates: all kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
