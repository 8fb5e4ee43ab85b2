#!/usr/bin/env bash
# Generate images with several processes, each with its GPU if there are some.
# Usage: tools/dist_generate.sh CONFIG PROCESSES [CHECKPOINT] --out DIR [options of tools/generate.py]
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL=generate.py exec bash "$HERE/dist_train.sh" "$@"
