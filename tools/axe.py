"""
axe-core, which looks for what keeps people from using a page: one file, by `npm pack` at a pinned version, for the tests of the
status page. It is not part of the program, and stands in build/, which git ignores.

Run: `python -m tools.axe` (needs npm). The file is taken only if its SHA-256 is the one below; without it the tests say that it is left out.
Source: https://github.com/dequelabs/axe-core
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

VERSION = "4.14.1"
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
FILE = Path(__file__).parents[1] / "build" / "axe" / f"axe-{VERSION}.min.js"
MEMBER = "package/axe.min.js"


def there() -> bool:
    """Whether the file is there, and the right one."""
    return FILE.is_file() and hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256


def fetch() -> str:
    """Bring the file, where it is not there; says why it could not be brought, empty where it is there."""
    if there():
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is missing"
    with TemporaryDirectory(prefix="connector-axe-") as folder:
        pack = [npm, "pack", "--silent", "--ignore-scripts", f"axe-core@{VERSION}"]
        if subprocess.run(pack, cwd=folder, check=False, timeout=120).returncode:  # noqa: S603 - a command of ours, pinned
            return "npm could not bring it"
        with tarfile.open(Path(folder) / f"axe-core-{VERSION}.tgz") as package:
            member = package.extractfile(MEMBER)
            found = member.read() if member is not None else b""
    if hashlib.sha256(found).hexdigest() != SHA256:
        return "what npm brought is not the file that was expected"
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_bytes(found)
    return ""


if __name__ == "__main__":
    if why := fetch():
        sys.exit(f"axe-core is not there ({why}): the tests of the status page are done without it.")
