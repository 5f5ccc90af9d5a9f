#!/bin/bash
# Builds the editor in a copy and compares it with what is committed, byte by byte. Installs Node from Debian if missing.
set -Eeuo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /tmp/eoffice-editor.XXXXXX)
trap 'rm -rf "$work"' EXIT

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  as_root apt-get update -q >"$work/apt.log" 2>&1 || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends nodejs npm >>"$work/apt.log" 2>&1 ||
    { tail -30 "$work/apt.log" >&2; exit 1; }
fi

mkdir "$work/frontend"
cp -r "$here"/{package.json,package-lock.json,build.mjs,src} "$work/frontend/"
cd "$work/frontend"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$work/npm.log" 2>&1 || { tail -30 "$work/npm.log" >&2; exit 1; }
node build.mjs "$work/built" | tail -1
diff -rq "$work/built" "$here/../app/web/static/vendor/editor"
