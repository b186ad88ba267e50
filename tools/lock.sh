#!/bin/sh
# Compile requirements.txt and requirements-dev.txt from pyproject.toml: hashes, no index named.
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
    --build-deps-for editable "$@" pyproject.toml
}
compile -o requirements.txt
compile --extra dev -c requirements.txt -o requirements-dev.txt
