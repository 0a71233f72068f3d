#!/bin/sh
# Makes requirements/run.lock and dev.lock from pyproject.toml: exact versions, hashes, no addresses.
set -eu
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
options="--quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --universal --python-version 3.11"
# shellcheck disable=SC2086
$uv pip compile $options pyproject.toml -o requirements/run.lock
# shellcheck disable=SC2086
$uv pip compile $options --group dev -c requirements/run.lock pyproject.toml -o requirements/dev.lock
