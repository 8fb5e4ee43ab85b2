#!/usr/bin/env bash
# Train with several processes on one or more machines, with GPUs or CPUs.
# Usage: [NNODES=2 NODE_RANK=0 MASTER_ADDR=host PORT=29500]
#        tools/dist_train.sh CONFIG PROCESSES [options of tools/train.py]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
CONFIG=$1
PROCESSES=$2
shift 2
[[ $PROCESSES =~ ^[1-9][0-9]*$ ]] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# torchrun would give each process one thread.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(($(nproc) / PROCESSES > 0 ? $(nproc) / PROCESSES : 1))}
RENDEZVOUS=(--standalone)
if [ "${NNODES:-1}" -gt 1 ] || [ -n "${PORT:-}" ]; then
    RENDEZVOUS=(--nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}"
        --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}")
fi
exec python -m torch.distributed.run "${RENDEZVOUS[@]}" --nproc_per_node="$PROCESSES" \
    "$HERE/${TOOL:-train.py}" "$CONFIG" "$@" --launcher pytorch
