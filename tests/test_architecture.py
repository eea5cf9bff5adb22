"""Who may import whom, how long a file may be, and that neither the library nor the pages load TensorFlow by being imported."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What each module of medcore may import from medcore; a package counts as one module.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "volume": {"errors"},
    "reading": {"errors", "volume", "settings"},
    "store": {"errors", "volume", "settings"},
    "converting": {"errors", "volume"},
    "rendering": {"errors", "volume"},
    "preprocessing": {"errors", "volume"},
    "architectures": {"errors"},
    "augmentation": {"errors"},
    "pretrained": {"errors", "architectures"},
    "recognition": {"errors", "volume", "preprocessing", "architectures", "pretrained", "evaluation"},
    "models": {"errors", "settings", "volume", "preprocessing", "architectures", "recognition"},
    "explaining": {"errors", "volume", "preprocessing", "models"},
    "datasets": {"errors", "settings", "volume", "reading", "preprocessing"},
    "evaluation": {"errors"},
    "fonts": set(),
    "charts": {"errors", "fonts", "volume", "preprocessing", "augmentation", "evaluation"},
    "jobs": {"errors", "settings"},
    "recipes": {"errors", "volume", "preprocessing", "architectures", "models", "datasets", "jobs"},
    "scoring": {"errors", "volume", "preprocessing", "models", "datasets", "evaluation"},
    "publishing": {"errors", "settings", "models", "jobs", "evaluation"},
    "phantoms": {"errors", "volume"},
    "lessons": {"errors", "settings", "volume", "preprocessing", "models", "jobs", "phantoms"},
    "samples": {"errors"},
    "privacy": {"errors", "volume"},
    "audit": {"errors"},
    "training": set(),
    "reporting": set(),
    "command_words": set(),
    "commands": set(),
    "run_commands": set(),
    "__main__": set(),
}
COMMANDS = {"command_words", "commands", "run_commands", "__main__"}
MAY_IMPORT["training"] = set(MAY_IMPORT) - {"rendering", "store", "publishing", "recipes", "lessons"} - COMMANDS
MAY_IMPORT["reporting"] = set(MAY_IMPORT) - {"jobs", "training", "publishing", "recipes", "lessons"} - COMMANDS
MAY_IMPORT["commands"] = set(MAY_IMPORT) - {"run_commands", "__main__"}
MAY_IMPORT["run_commands"] = set(MAY_IMPORT) - {"__main__"}
MAY_IMPORT["__main__"] = set(MAY_IMPORT)

TENSORFLOW = ("tensorflow", "keras", "tf_keras_vis")


def test_each_module_imports_only_what_the_design_lets_it() -> None:
    strays = []
    for path in sources("medcore"):
        module = owner(dotted(path))
        if module is None:
            allowed: set[str] = set()
        elif module in MAY_IMPORT:
            allowed = MAY_IMPORT[module] | {module}
        else:
            strays.append(f"{said(path)} isn't in the table: say there what it may import")
            continue
        wanted = {name for name in map(owner, imports(path, ast.walk(parse(path)))) if name is not None}
        strays += [f"{said(path)} imports medcore.{name}" for name in sorted(wanted - allowed)]
    assert not strays


def test_the_library_knows_no_user_interface() -> None:
    assert not importers(sources("medcore"), ("ui", "pages", "app", "streamlit"))


def test_training_never_enters_the_web_server() -> None:
    assert not importers(sources("ui", "pages", "app.py"), ("medcore.training",))


def test_tensorflow_is_imported_inside_functions_only() -> None:
    strays = []
    for path in sources("medcore", "ui", "pages", "app.py"):
        names = imports(path, at_import(parse(path)))
        strays += [f"{said(path)} imports {name}" for name in names if within(name, TENSORFLOW)]
    assert not strays


def test_importing_the_library_and_the_app_loads_no_tensorflow() -> None:
    scripts = sources("ui/shell.py", "pages")  # Streamlit runs these: import what they import, not the widgets
    statements = [f"import {dotted(path)}" for path in sources("medcore", "ui", "app.py") if path not in scripts]
    statements = [line for line in statements if not within(line.split()[1], ("medcore.training",))]
    for path in scripts:
        statements += [ast.unparse(node) for node in parse(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
    asking = f"import sys; print(*sorted(set(sys.modules) & set({TENSORFLOW!r})))"
    command = [sys.executable, "-c", "\n".join([*statements, asking])]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == ""


def test_a_files_first_line_says_what_it_is_for() -> None:
    files = sources("medcore", "ui", "pages", "app.py", "tests", "benchmarks")
    silent = [said(p) for p in files if not (ast.get_docstring(parse(p)) and p.read_text().startswith('"""'))]
    assert not silent


def test_files_stay_short_and_pages_shorter() -> None:
    limits = dict.fromkeys(sources("medcore", "ui", "app.py", "tests", "benchmarks"), 400)
    limits |= dict.fromkeys(sources("pages"), 150)
    lengths = {path: len(path.read_text().splitlines()) for path in limits}
    long = [f"{said(p)} has {lengths[p]} lines, {limits[p]} at most" for p in limits if lengths[p] > limits[p]]
    assert not long


def sources(*places: str) -> list[Path]:
    """The Python files in these folders of the project, and these files, where they exist."""
    found = [path for place in places for path in ((ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place])]
    return sorted(path for path in found if path.is_file())


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def said(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """The name under which Python imports a file: medcore/reading/__init__.py is medcore.reading."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def owner(name: str) -> str | None:
    """The module of medcore that a dotted name lies in; None for another package and for medcore itself."""
    parts = name.split(".")
    if parts[0] != "medcore" or len(parts) == 1:
        return None
    there = ROOT / "medcore" / parts[1]
    return parts[1] if parts[1] in MAY_IMPORT or there.is_dir() or there.with_suffix(".py").is_file() else None


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imports(path: Path, nodes: Iterator[ast.AST]) -> set[str]:
    """The dotted names that these nodes of a file import; `from a import b` may mean a module and gives a.b."""
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def importers(paths: list[Path], packages: tuple[str, ...]) -> list[str]:
    """Which of these files import, anywhere in them, something from these packages."""
    return [said(p) for p in paths if any(within(name, packages) for name in imports(p, ast.walk(parse(p))))]


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a file is imported: no function bodies, nothing under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        typing_only = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        if not typing_only and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_import(child)
