#!/usr/bin/env bash
# Detect in an archive of scenes with several processes, each with its GPU if there are some.
# Usage: tools/dist_detect.sh PROCESSES SCENE... --config FILE --checkpoint FILE --out DIR [options of tools/detect.py]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
PROCESSES=$1
FIRST=$2
shift 2
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL=detect.py exec bash "$HERE/dist_train.sh" "$FIRST" "$PROCESSES" "$@"
