#!/bin/sh
# Compile the requirements from pyproject.toml, and those of the tests' apkit: hashes, no index named.
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate "$@"
}
compile --build-deps-for editable -o requirements.txt pyproject.toml
compile --build-deps-for editable --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
compile -o tests/interop/apkit/requirements.txt tests/interop/apkit/requirements.in
