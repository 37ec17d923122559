# ruff: noqa: S603 - the processes started here are the project's own
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import consortflow as cf

VERBS = (
    "check", "compare", "compare_record", "count", "counts", "draw", "dumps", "embed", "import_record", "legend",
    "loads", "propose", "publish", "read", "solve", "table",
)  # fmt: skip


def in_a_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def modules():
    return [
        found.name
        for found in pkgutil.walk_packages(cf.__path__, "consortflow.")
        if found.name != "consortflow.__main__"
    ]


def test_every_name_that_is_promised_is_there():
    assert sorted(cf.__all__) == list(cf.__all__)
    for name in cf.__all__:
        assert getattr(cf, name) is not None
    assert dir(cf) == list(cf.__all__)


def test_the_verbs_are_functions_and_the_nouns_are_classes():
    for name in cf.__all__:
        if name in VERBS:
            assert inspect.isfunction(getattr(cf, name)), name
        elif name != "__version__":
            assert inspect.isclass(getattr(cf, name)), name


def test_the_verbs_stay_functions_once_every_submodule_is_imported():
    kinds = in_a_process(
        "import consortflow as cf, importlib, pkgutil\n"
        "for found in pkgutil.walk_packages(cf.__path__, 'consortflow.'):\n"
        "    if found.name != 'consortflow.__main__': importlib.import_module(found.name)\n"
        f"print(*(type(getattr(cf, name)).__name__ for name in {VERBS!r}))"
    )
    assert kinds.split() == ["function"] * len(VERBS)


def test_a_verb_is_a_function_whichever_is_used_first():
    for first in VERBS:
        kinds = in_a_process(
            "import consortflow as cf\n"
            f"cf.{first}\n"
            "study = cf.loads('stages: [{kind: screening, n: 1}]')\n"
            "cf.check(study), cf.solve(study), list(cf.counts(cf.solve(study))), cf.draw(study)\n"
            f"print(*(type(getattr(cf, name)).__name__ for name in {VERBS!r}))"
        )
        assert kinds.split() == ["function"] * len(VERBS), first


def test_no_submodule_has_the_name_of_a_promise():
    own = {name.split(".")[1] for name in modules()}
    assert own
    assert not own & set(cf.__all__)


@pytest.mark.parametrize("name", modules())
def test_every_module_promises_only_what_it_has(name):
    module = importlib.import_module(name)
    for promised in getattr(module, "__all__", ()):
        assert hasattr(module, promised), promised


def test_importing_the_package_loads_nothing_heavy():
    loaded = in_a_process("import consortflow, sys; print(*sorted(sys.modules))").split()
    assert "consortflow" in loaded
    assert not {"networkx", "pydantic", "yaml", "graphviz", "typer", "subprocess"} & set(loaded)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'consortflow' has no attribute 'sovle'"):
        _ = cf.sovle
    with pytest.raises(ImportError):
        exec("from consortflow import sovle")  # noqa: S102 - what a user would write
