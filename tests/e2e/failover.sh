#!/usr/bin/env bash
# The primary dies under load, once: the short form of scripts/test-failover.
set -euo pipefail

line=$(scripts/test-failover --no-fsync --rounds 1 --clients 8 --seconds 3 | tee "$WORK/out" | tail -n 1) || {
	cat "$WORK/out"
	exit 1
}
echo "ok $line"
