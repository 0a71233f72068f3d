"""Fetches what ``tools/vendor.toml`` names, through the npm client, and commits nothing by itself.

python tools/vendor.py          fetch, check against the recorded hashes, copy
python tools/vendor.py --lock   fetch and record the hashes
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tools" / "vendor.toml"
SYMBOL = '<symbol id="i-{name}" viewBox="0 0 24 24">{paths}</symbol>'


def fetch(package: dict[str, Any], folder: Path) -> Path:
    """The package's own archive."""
    command = ["npm", "pack", "--silent", f"{package['name']}@{package['version']}"]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    return folder / name


def sha512(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


def copy(package: dict[str, Any], archive: Path) -> None:
    """Writes the files, the licence, and the sprite when the package is icons."""
    target = ROOT / package["target"]
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        for source, name in (package.get("files", {}) | {package["licence"]: "LICENSE"}).items():
            (target / name).write_bytes(member(tar, source))
        if "sprite" in package:
            (target.parent.parent / "icons.svg").write_text(sprite(tar, sorted(package["sprite"])))


def member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(f"package/{name}")
    if file is None:
        raise SystemExit(f"{name} is not in the package")
    return file.read()


def sprite(tar: tarfile.TarFile, names: list[str]) -> str:
    """One SVG with a symbol per icon (Tabler Icons, MIT; licence in vendor/icons)."""
    symbols = []
    for name in names:
        drawing = member(tar, f"icons/outline/{name}.svg").decode()
        paths = " ".join(path for path in re.findall(r"<(?:path|circle|line|rect)[^>]*/>", drawing))
        symbols.append(SYMBOL.format(name=name, paths=paths))
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def main() -> int:
    text = LIST.read_text()
    with tempfile.TemporaryDirectory() as folder:
        for package in tomllib.loads(text)["package"]:
            archive = fetch(package, Path(folder))
            found = sha512(archive)
            if "--lock" in sys.argv:
                pattern = rf'(name = "{re.escape(package["name"])}"\nversion = "[^"]*"\nsha512 = )"[^"]*"'
                text = re.sub(pattern, rf'\1"{found}"', text)
            elif found != package["sha512"]:
                raise SystemExit(f"{package['name']}: not the archive we know; run --lock after looking at it")
            copy(package, archive)
    LIST.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
