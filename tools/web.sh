#!/usr/bin/env bash
# web.sh: the page, built into web/dist (index.html, app.js, app.css), which the program carries inside itself.
# web.sh browser: the browser tests' driver, into tests/browser/node_modules.
source "$(dirname "$0")/lib.sh"

# install_packages FOLDER: npm ci, skipped while the lock file is the one installed from.
install_packages() {
    local key
    key="$(key_of "$1/package-lock.json")"
    is_made "$1/node_modules" "$key" && return 0
    say "Installing the web packages of $(basename "$1")"
    quietly "$cache/log/npm.log" "npm ci" \
        npm --prefix "$1" ci --no-audit --no-fund --ignore-scripts --cache "$cache/npm" || return 1
    printf '%s\n' "$key" >"$1/node_modules/.made-from"
}

use_node
if [ "${1:-}" = browser ]; then
    install_packages "$root/tests/browser" || exit 1
    exit 0
fi

mapfile -t sources < <(find "$root/web" -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print | sort)
key="$(key_of "${sources[@]}")"
is_made "$root/web/dist" "$key" && exit 0
install_packages "$root/web" || exit 1
say "Building the page"
new_scratch
# Built beside and then published: dist is either the old page or the new one.
quietly "$cache/log/web.log" "npm run build" npm --prefix "$root/web" run build -- --outDir "$scratch/dist" --emptyOutDir || exit 1
rm -rf "$root/web/dist"
publish "$scratch/dist" "$root/web/dist" "$key"
