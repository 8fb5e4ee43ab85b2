#!/usr/bin/env bash
# Migrate a folder of images with several processes, each with its GPU if there are some.
# Usage: tools/dist_migrate.sh CONFIG PROCESSES --content DIR --style DIR --out DIR [options of tools/migrate.py]
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL=migrate.py exec bash "$HERE/dist_train.sh" "$@"
