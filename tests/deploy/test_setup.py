"""Set-up that cannot rot: the lock holds everything, nothing but the lock is installed, whatever a machine tells pip."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-cluster.lock", "requirements-dev.lock"]
OURS = "interact-connector"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = {
    "requirements.lock": ["build"],
    "requirements-cluster.lock": ["build", "cluster"],
    "requirements-dev.lock": ["build", "dev", "cluster"],
}

PIP = re.compile(
    r"\bpip(?:x|3(?:\.\d+)?)?[\"',\s]+(?:-\S+[\"',\s]+)*(install|wheel|download|sync)\b(?P<rest>[^\n`]*)"
)
HARMLESS = {"--quiet", "--no-cache-dir", "--no-compile"}
FORMS = [
    r"--no-deps --require-hashes -r (\S*/)?requirements(-cluster|-dev|-mutants|-docs)?\.lock",
    r"--no-deps --no-build-isolation (--editable )?\.",
    r"dist/interact_connector-\*\.whl",
    r"--no-deps --no-build-isolation (\./birds|\{(folder|where)\}).*",
]
"""
What is locked, to the byte; ourselves, built with what the lock holds, without a question to an index; and, told as what
has no lock, the wheel in pipx. At last somebody's own source, which is built with what the lock holds, too.
"""


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the project but this one, which names what is forbidden."""
    for top in sorted(ROOT.iterdir()):
        if top.name in {".git", ".venv", "dist", "build", "mutants", "var"} or top.name.endswith("_cache"):
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path == Path(__file__) or not path.is_file() or "__pycache__" in path.parts:
                continue
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def forms_in(text: str) -> list[str]:
    """What is handed to pip in a text, without what does not matter."""
    found = []
    for match in PIP.finditer(text):
        words = re.split(r"&&|;|\|", match["rest"])[0].split()
        found.append(" ".join([*(word for word in words if word not in HARMLESS and word != "\\")]))
    return found


def test_no_file_installs_anything_but_the_lock_and_ourselves() -> None:
    found = {(str(path.relative_to(ROOT)), form) for path, text in texts() for form in forms_in(text)}
    strange = {one for one in found if not any(re.fullmatch(form, one[1]) for form in FORMS)}
    assert not strange
    files = {name for name, _ in found}
    assert {"Makefile", ".ci/run", "Dockerfile", "README.md", "docs/service.md"} <= files


@pytest.mark.parametrize(
    "line",
    [
        "pip install --require-hashes -r requirements.lock",
        "pip install -r requirements.lock",
        "python3 -m pip install .",
        "pip3 install --no-deps .",
        "uv pip sync requirements.lock",
        ".venv/bin/pip --isolated install --no-deps --no-build-isolation . other",
        '[sys.executable, "-m", "pip", "install", "--no-deps", "."]',
    ],
)
def test_other_forms_are_noticed(line: str) -> None:
    assert any(not any(re.fullmatch(form, one) for form in FORMS) for one in forms_in(line))


def installed_lines(text: str) -> list[str]:
    """The lines of a block that make an environment."""
    starts = ("python3 -m venv", "eval ", ".venv/bin/pip", "/opt/interact-connector/bin/pip")
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line.startswith(starts)]


def test_ci_and_the_service_make_their_environments_by_the_lines_of_the_readme() -> None:
    readme = installed_lines((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [line.split()[0] for line in readme] == ["python3", "eval", *[".venv/bin/pip"] * 3]
    assert readme[-1] == ".venv/bin/pip check"
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "rm -rf .venv\n" + "\n".join(readme) + "\n" in ci
    service = installed_lines((ROOT / "docs" / "service.md").read_text(encoding="utf-8"))
    assert [line.replace("/opt/interact-connector", ".venv") for line in service] == readme


@pytest.mark.parametrize("name", ["service", "upgrade"])
def test_what_root_installs_for_the_service_may_be_read_by_its_user_whatever_the_umask(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    block = next(one for one in text.split("```") if "/opt/interact-connector/bin/pip install" in one)
    assert block.splitlines()[1] == "umask 022"


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile", ".ci/run"])
def test_whatever_installs_checks_it_and_passes_over_the_machines_choices(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "tools/pip-settings)" in text
    assert "pip check" in text


# -- the lock ------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """Versions by canonical name, as a lock has them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(one): version for one, version in re.findall(r"(?m)^([\w.-]+)==(\S+)", text)}


def required(name: str) -> Iterator[tuple[str, Requirement]]:
    """What we ask for, and what each package of a lock asks for by its own metadata; extras and markers are counted."""
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    for extra in EXTRAS[name]:
        asked += PROJECT["project"]["optional-dependencies"][extra]
    pending = [(OURS, "", asked), *((one, "", metadata.requires(one)) for one in locked(name))]
    seen: set[tuple[str, str]] = set()
    while pending:
        package, extra, requirements = pending.pop()
        if (package, extra) in seen:
            continue
        seen.add((package, extra))
        for one in map(Requirement, requirements or []):
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                yield package, one
                pending += [(one.name, wanted, metadata.requires(one.name)) for wanted in one.extras]


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_of_every_locked_package_is_met_by_a_locked_version(name: str) -> None:
    lock = locked(name)
    assert lock
    old = {one: metadata.version(one) for one in lock if _installed(one) != lock[one]}
    assert not old, f"this environment is not the one of {name}; make it anew: make .venv/.ready"
    for package, one in required(name):
        version = lock.get(canonicalize_name(one.name))
        assert version is not None, f"{package} needs {one}, which {name} does not hold"
        assert one.specifier.contains(Version(version), prereleases=True), f"{package} needs {one}: {version}"


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        pytest.fail(f"{package} is not installed; make the environment anew: make .venv/.ready")


def test_all_locks_hold_the_same_versions_and_what_builds_the_package() -> None:
    program, cluster, everything = (locked(name) for name in LOCKS)
    assert program.items() <= cluster.items() <= everything.items()
    assert everything.items() <= locked("requirements-mutants.lock").items()
    assert not {"dbos", "psycopg"} & set(program), "one process with a file needs neither"
    assert {"hatchling", "editables"} <= set(program)


@pytest.mark.parametrize("name", [*LOCKS, "requirements-mutants.lock", "requirements-docs.lock"])
def test_locks_hold_hashes_and_name_no_index(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"[\w.-]+==\S+ \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line) for line in lines)


# -- what a machine tells pip --------------------------------------------------------------------


def settings_of_pip(environment: dict[str, str]) -> list[str]:
    """What tools/pip-settings prints."""
    told = subprocess.run(
        [sys.executable, ROOT / "tools" / "pip-settings"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


def test_only_what_reaches_packages_is_kept_of_a_machines_settings(tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://packages.example.com/simple\nconstraint = /nowhere\nuser = true\n"
        "[install]\ntrusted_host =\n    one.example.com\n    two.example.com\nprefix = /elsewhere\n"
    )
    told = settings_of_pip(
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "XDG_CONFIG_DIRS": str(tmp_path),
            "PIP_PROXY": "http://proxy.example.com:3128",
            "PIP_NO_BINARY": ":all:",
            "PIP_CONSTRAINT": "/nowhere",
        }
    )
    assert "export PIP_INDEX_URL=https://packages.example.com/simple" in told
    assert "export PIP_TRUSTED_HOST='one.example.com two.example.com'" in told
    assert "export PIP_PROXY=http://proxy.example.com:3128" in told
    assert "export PIP_CONFIG_FILE=/dev/null" in told
    assert {"unset PIP_NO_BINARY", "unset PIP_CONSTRAINT"} <= set(told)
    assert not [line for line in told if re.search("PREFIX|USER=|export PIP_CONSTRAINT", line)]


def test_a_variable_wins_over_a_file_and_is_quoted(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\ncert = /from/the/file\n")
    told = settings_of_pip(
        {"PATH": os.environ["PATH"], "HOME": "/", "PIP_CONFIG_FILE": str(file), "PIP_CERT": "/a b; false"}
    )
    assert "export PIP_CERT='/a b; false'" in told


def make_wheel(folder: Path) -> str:
    """A package of nothing, and its hash."""
    name = "nothing-1.0.dist-info"
    files = {
        "nothing.py": "",
        f"{name}/METADATA": "Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\nRequires-Dist: missing>=1\n",
        f"{name}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}\n")
    file = folder / "nothing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{name}/RECORD", "".join(rows) + f"{name}/RECORD,,\n")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_pip_installs_a_lock_on_a_machine_that_would_choose_otherwise(tmp_path: Path) -> None:
    pytest.importorskip("pip", reason="this environment has no pip of its own")
    digest = make_wheel(tmp_path)
    (tmp_path / "requirements.lock").write_text(f"nothing==1.0 \\\n    --hash=sha256:{digest}\n")
    (tmp_path / "constraints.txt").write_text("nothing==2.0\n")
    (tmp_path / "pip.conf").write_text(
        f"[global]\nno-index = true\nfind-links = {tmp_path}\nconstraint = {tmp_path / 'constraints.txt'}\n"
        "no-binary = :all:\n[install]\nuser = true\n"
    )
    script = (
        f'eval "$({ROOT / "tools" / "pip-settings"})"\n'
        f"{sys.executable} -m pip {'install'} --dry-run --quiet --report - --no-deps --require-hashes -r requirements.lock\n"
    )
    told = subprocess.run(
        ["sh", "-ec", script],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        },
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert [one["metadata"]["name"] for one in json.loads(told.stdout)["install"]] == ["nothing"]


# -- a machine that has nothing of ours ----------------------------------------------------------

STUBS = {
    # Debian without python3-venv: the module `venv` is there, what it takes to make an environment is not
    "python3": 'case "$*" in *ensurepip*) exit 1 ;; *--help*) exit 0 ;; "-m venv .venv") echo made >>said; exit 9 ;; esac',
    "id": "echo 0",
    "apt-get": 'echo "$*" >>said; case "$*" in *" chromium"*) exit 100 ;; esac',
}


def test_ci_asks_debian_for_what_makes_an_environment_though_it_lacks_another_package(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    for name, does in STUBS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "bin" / name).chmod(0o700)
    for name in ("dirname", "find", "rm"):
        found = shutil.which(name)
        assert found
        (tmp_path / "bin" / name).symlink_to(found)
    bash = shutil.which("bash")
    assert bash
    told = subprocess.run(
        [bash, ".ci/run"], cwd=tmp_path, env={"PATH": str(tmp_path / "bin")}, capture_output=True, text=True
    )
    assert told.returncode == 9, told.stderr
    said = (tmp_path / "said").read_text().splitlines()
    asked = [line.split()[3:] for line in said if line.startswith("install")]
    assert {"python3-venv", "make", "chromium"} <= set(asked[0]), "all at once"
    assert [[name] for name in asked[0]] == asked[1:], "then one by one"
    assert "Not installed: chromium; the tests that need it are left out." in told.stdout
    assert said[-1] == "made"
