# ruff: noqa: E501 - study files are written as an author would
"""The laws of the house that no linter keeps: what is packaged, who touches the outside, what the schema says."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

import consortflow
from consortflow.checking import check_text
from consortflow.schemas.json_schema import SCHEMA_FILE, generate

ROOT = Path(__file__).parents[1]
FOLDERS = {"flow": "consortflow", "schemas": "consortflow.schemas", "diagrams": "consortflow.diagrams"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) if "build" not in path.parts]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
TEMPLATES = sorted((ROOT / "flow" / "templates").glob("*.yaml"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def name(path):
    return path.relative_to(ROOT).as_posix()


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_folder_of_code_is_packaged():
    packages = set()
    for path in SOURCES:
        if path.name == "__init__.py":
            folder, *rest = path.parent.relative_to(ROOT).parts
            packages.add(".".join([FOLDERS[folder], *rest]))
    assert len(packages) >= 5
    assert packages == set(PROJECT["tool"]["setuptools"]["packages"])
    folders = {path.parent for path in SOURCES}
    assert [name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_data_file_is_packaged():
    wanted = {
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    homes = {package: ROOT / folder for folder, package in FOLDERS.items()}
    found = set()
    for package, patterns in PROJECT["tool"]["setuptools"]["package-data"].items():
        home = homes[package] if package in homes else ROOT.joinpath("flow", *package.split(".")[1:])
        found |= {path for pattern in patterns for path in home.glob(pattern)}
    assert len(wanted) > 5
    assert wanted == found


def test_one_module_starts_programs_and_one_starts_workers():
    starting = re.compile(
        r"(?:subprocess|multiprocessing|concurrent|pty|asyncio)\b|os\.(?:system|popen|exec|spawn|fork|posix_spawn)"
    )
    doors = {name(path) for path, tree in TREES.items() if any(starting.match(module) for module in imported(tree))}
    calls = {
        name(path)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and starting.fullmatch(f"{node.value.id}.{node.attr}")
    }
    assert doors == {"diagrams/graphviz.py", "flow/cli/batch.py"}
    assert calls == set()


def writes(node):
    """Whether a call opens a file for writing, or changes a folder."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in ("write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "unlink", "rename", "mkdir", "rmtree"):
        return True
    if called in ("open", "fdopen"):
        modes = [arg.value for arg in [*node.args, *(k.value for k in node.keywords)] if isinstance(arg, ast.Constant)]
        return any(isinstance(mode, str) and re.fullmatch(r"[rbt+]*[wax+][rbt+]*", mode) for mode in modes)
    return False


def test_one_module_opens_files_for_writing():
    doors = {name(path): [ast.unparse(n) for n in ast.walk(tree) if writes(n)] for path, tree in TREES.items()}
    doors = {module: calls for module, calls in doors.items() if calls}
    assert doors.pop("schemas/files.py")
    null = doors.pop("flow/cli/terminal.py", [])
    assert all(call.startswith("open(os.devnull") for call in null), (
        "the command line opens nothing but the null device"
    )
    assert doors == {}


def test_imports_are_absolute_and_by_the_package_s_name():
    for path, tree in TREES.items():
        relative = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
        assert relative == [], name(path)
        roots = {module.split(".")[0] for module in imported(tree)}
        assert not roots & set(FOLDERS), name(path)


def test_only_the_command_line_prints_or_exits():
    for path, tree in TREES.items():
        calls = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "print" not in calls, name(path)
        if name(path) not in ("flow/cli/terminal.py", "flow/__main__.py"):
            assert not {"exit", "quit"} & calls, name(path)
            assert "sys.exit" not in {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}, name(
                path
            )


def test_every_module_says_what_lives_in_it():
    for path, tree in TREES.items():
        assert ast.get_docstring(tree), name(path)


def test_the_version_is_written_once():
    version = consortflow.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert "version" not in PROJECT["project"]
    places = {name(path) for path in SOURCES if f'"{version}"' in path.read_text(encoding="utf-8")}
    assert places == {"flow/_version.py"}
    assert f'"{version}"' not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


# The schema


def plain(text):
    """Return the data of a study file with YAML 1.2's numbers, as an editor's schema checker would see it."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


VALIDATOR = Draft202012Validator(generate(), format_checker=FormatChecker())


def test_the_schema_is_the_one_the_models_make():
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == generate()
    Draft202012Validator.check_schema(generate())


@pytest.mark.parametrize("path", [*EXAMPLES, *TEMPLATES], ids=lambda path: path.name)
def test_editors_are_led_to_the_schema_by_the_first_line(path):
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", path.read_text(encoding="utf-8").splitlines()[0])
    assert match
    assert (path.parent / match.group(1)).resolve() == SCHEMA_FILE.resolve() or (
        ROOT / "schemas" / SCHEMA_FILE.name
    ) == (path.parent / match.group(1)).resolve()


@pytest.mark.parametrize("path", [*EXAMPLES, *TEMPLATES], ids=lambda path: path.name)
def test_the_schema_accepts_what_we_ship(path):
    assert [error.message for error in VALIDATOR.iter_errors(plain(path.read_text(encoding="utf-8")))] == []


ACCEPTED = {
    "every kind of count": (
        "stages: [{kind: screening, n: 3}, {kind: enrollment, n: unknown}, {kind: apheresis, n: <5},"
        " {kind: manufacturing, n: '>=3'}, {kind: infusion, n: 3-7}, {kind: treatment}]"
    ),
    "a percentage as printed": (
        "stages: [{kind: screening, n: 8, exits: [{label: X, n: {percent: 12.5}}, {label: Y, n: {n: 1, percent: 13, of: screening}}]},"
        " {kind: enrollment}]"
    ),
    "reasons in every form": (
        "stages: [{kind: screening, exits: [{reasons: {A: 1, B: {C: 2, D: 3}, E: {n: 5, reasons: {F: 5}}, G: {n: 1, percent: 8}}},"
        " {label: Z, reasons: [{label: H, n: 1}]}]}]"
    ),
    "units": (
        "study: {units: [homes, people]}\n"
        "stages: [{kind: screening, n: {homes: 1, people: 9}, exits: [{reasons: {Closed: {homes: 0, people: 1}}}]}]"
    ),
    "arms that nest": (
        "stages: [{kind: randomization, arms: [{label: A, stages: [{kind: randomization, id: again, arms: [{label: C}, {label: D}]}]},"
        " {label: B, ratio: 2, status: dropped, note: x}]}]"
    ),
    "sets and outcomes": (
        "stages: [{kind: infusion, n: 4}]\n"
        "analysis_sets: [{label: S, of: [infusion], excluded: {}, n: 4, outcomes: {X: 1, partition: {Y: 1, Z: 3}}}]"
    ),
    "the rest": (
        "stages: [{kind: infusion, n: 4, cutoff: 2024-01-31, details: [{label: D, n: 1}, {partition: {E: 1, F: 3}}]}]\n"
        "picture: {width: 170, percent: previous, bars: false}"
    ),
}
REFUSED = {
    "no stages": "study: {title: x}",
    "stages empty": "stages: []",
    "stages no list": "stages: {kind: screening}",
    "a stage without a kind": "stages: [{n: 3}]",
    "an unknown kind": "stages: [{kind: screened}]",
    "a key misspelt": "stages: [{kind: screening, lable: x}]",
    "a key of another kind": "stages: [{kind: screening, regimen: x}]",
    "other without a label": "stages: [{kind: other}]",
    "a negative count": "stages: [{kind: screening, n: -1}]",
    "a broken count": "stages: [{kind: screening, n: 1.5}]",
    "true for a count": "stages: [{kind: screening, n: true}]",
    "a list for a count": "stages: [{kind: screening, n: [1]}]",
    "a question mark": "stages: [{kind: screening, n: '?'}]",
    "digits in quotation marks": "stages: [{kind: screening, n: '12'}]",
    "words for a count": "stages: [{kind: screening, n: twelve}]",
    "a percentage of no number": "stages: [{kind: screening, n: {percent: many}}]",
    "a percentage over 100": "stages: [{kind: screening, n: {percent: 101}}]",
    "a label that is a number": "stages: [{kind: screening, label: 12}]",
    "a label that is empty": "stages: [{kind: screening, label: ''}]",
    "an exit that is text": "stages: [{kind: screening, exits: [Excluded]}]",
    "exits that are a mapping": "stages: [{kind: screening, exits: {Excluded: 3}}]",
    "an unknown exit kind": "stages: [{kind: screening, exits: [{kind: gone}]}]",
    "an arm without a label": "stages: [{kind: randomization, arms: [{stages: []}]}]",
    "an arm ratio of 0": "stages: [{kind: randomization, arms: [{label: A, ratio: 0}]}]",
    "a set without of": "stages: [{kind: infusion}]\nanalysis_sets: [{label: S}]",
    "a transfer to nowhere": "stages: [{kind: infusion}]\ntransfers: [{from: infusion}]",
    "an unknown design": "study: {design: waterfall}\nstages: [{kind: infusion}]",
    "an unknown language": "study: {language: nl}\nstages: [{kind: infusion}]",
    "a key at the top": "stages: [{kind: infusion}]\nstage: 3",
    "an id with a space": "stages: [{kind: infusion, id: a b}]",
    "an id with a slash": "stages: [{kind: infusion, id: a/b}]",
    "a date that is none": "stages: [{kind: infusion, cutoff: yesterday}]",
    "yes for a switch": "stages: [{kind: infusion}]\npicture: {bars: 'yes'}",
    "a side that is none": "stages: [{kind: infusion}]\npicture: {sides: {x: up}}",
    "percent of nothing we know": "stages: [{kind: infusion}]\npicture: {percent: total}",
    "pooled over nothing": "stages: [{kind: infusion}]\npooled: [{over: [], reasons: {A: 1}}]",
    "an unknown key in the long form of a reason": "stages: [{kind: screening, exits: [{reasons: {A: {n: 1, colour: red}}}]}]",
}


def form(text):
    """Return the codes of what is wrong with a file's form, leaving out its names and arithmetic."""
    return [f.code for f in check_text(text, "a.yaml")[1].errors if f.code < "S107" and f.code[0] in "YS"]


@pytest.mark.parametrize("case", ACCEPTED)
def test_the_schema_accepts_what_the_models_accept(case):
    assert form(ACCEPTED[case]) == []
    assert [error.message for error in VALIDATOR.iter_errors(plain(ACCEPTED[case]))] == []


@pytest.mark.parametrize("case", REFUSED)
def test_the_schema_refuses_what_the_models_refuse(case):
    assert form(REFUSED[case]) != []
    assert not VALIDATOR.is_valid(plain(REFUSED[case]))
