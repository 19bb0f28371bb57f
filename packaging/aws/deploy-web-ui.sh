#!/bin/sh
# Brings the web-ui to its bucket and its distribution, so that no browser ever sees files of two versions.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/aws/lib.sh
. packaging/aws/lib.sh

usage() {
    cat <<END
usage: sh packaging/aws/deploy-web-ui.sh [--name NAME] [--dir DIR] [--to VERSION | --list | --prune]

Every version has a folder of its own, v/<hash of its files>/, whose files never change and are cached for a year. The
entry points at the top (index.html and what must have a fixed name) are asked for anew each time and lead into one
version. So they are put in place last, index.html at the very end: until then every browser gets the whole old
version, from then on the whole new one, and pages that are open find the files of theirs.

  --dir DIR      the web-ui's files (web-ui)
  --to VERSION   a version that was uploaded before: to go back
  --list         the versions that were released, newest last
  --prune        removes the files of all versions but the five released last
  --name NAME    the installation (MYPOS_NAME, mypos)
  --help         this page
END
}

KEPT_VERSIONS=5
# What has a fixed name, because the browser remembers it or its place says what it is for; and index.html.
ENTRY_POINTS="favicon.svg icon-maskable.svg manifest.webmanifest service-worker.js"
FOREVER="public, max-age=31536000, immutable"
EACH_TIME="no-cache"

action=deploy
directory=web-ui
version=""
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --name) value "$1" $#; name=$2; shift ;;
    --dir) value "$1" $#; directory=$2; shift ;;
    --to) value "$1" $#; version=$2; shift ;;
    --list) action=list ;;
    --prune) action=prune ;;
    *) fail "unknown option: $1; see --help" ;;
    esac
    shift
done

type_of() {
    case $1 in
    *.html) echo "text/html; charset=utf-8" ;;
    *.js | *.mjs) echo "text/javascript; charset=utf-8" ;;
    *.css) echo "text/css; charset=utf-8" ;;
    *.json) echo application/json ;;
    *.webmanifest) echo application/manifest+json ;;
    *.wasm) echo application/wasm ;;
    *.svg) echo image/svg+xml ;;
    *.png) echo image/png ;;
    *.webp) echo image/webp ;;
    *.ico) echo image/x-icon ;;
    *.woff2) echo font/woff2 ;;
    *.mp3) echo audio/mpeg ;;
    *.txt | */LICENSE) echo "text/plain; charset=utf-8" ;;
    *) fail "no content type is known for $1; add it to deploy-web-ui.sh" ;;
    esac
}

# Copies the files to $stage and names their version; index.html leads into the version's folder. The reference of the
# API (docs/) is the server's, at /docs.
stage_files() {
    [ -f "$directory/index.html" ] || fail "$directory is no web-ui: it has no index.html"
    (cd "$directory" && find . -type f ! -name README.md ! -path './docs/*' ! -path ./config.json) |
        sed 's|^\./||' | LC_ALL=C sort >"$stage.list"
    while read -r file; do
        type_of "$file" >/dev/null
        mkdir -p "$stage/$(dirname "$file")"
        cp "$directory/$file" "$stage/$file"
    done <"$stage.list"
    version=$(cd "$stage" && xargs -d '\n' sha256sum <"$stage.list" | sha256sum | cut -c 1-16)
    sed -E -e "/rel=\"manifest\"/!s#(href|src)=\"([A-Za-z][^\":]*)\"#\\1=\"v/$version/\\2\"#" \
        "$directory/index.html" >"$stage/index.html"
    grep -q "src=\"v/$version/app.js\"" "$stage/index.html" || fail "index.html does not load app.js as expected"
}

# upload_version: all files into their folder; one call for each content type.
upload_version() {
    say "Uploading version $version"
    while read -r file; do
        type_of "$file"
    done <"$stage.list" | sort -u >"$stage.types"
    while read -r type; do
        set --
        while read -r file; do
            [ "$(type_of "$file")" != "$type" ] || set -- "$@" --include "$file"
        done <"$stage.list"
        aws s3 cp --recursive --only-show-errors --cache-control "$FOREVER" --content-type "$type" --exclude '*' "$@" \
            "$stage" "s3://$bucket/v/$version/" || fail "the files could not be uploaded; nothing has changed"
    done <"$stage.types"
}

# put_in_place FILE: an entry point of the version becomes the one at the top.
put_in_place() {
    aws s3 cp --only-show-errors --metadata-directive REPLACE --cache-control "$EACH_TIME" \
        --content-type "$(type_of "$1")" "s3://$bucket/v/$version/$1" "s3://$bucket/$1" ||
        fail "$1 could not be put in place; run this again"
}

# release: puts the entry points of an uploaded version in place, and where the API is.
release() {
    say "Releasing version $version"
    api=$(output ApiUrl)
    distribution=$(output DistributionId)
    printf '{ "api": "%s" }\n' "$api" >"$stage.config"
    aws s3 cp --only-show-errors --cache-control "$EACH_TIME" --content-type application/json "$stage.config" \
        "s3://$bucket/config.json" || fail "config.json could not be put in place"
    for file in $ENTRY_POINTS; do
        if aws s3api head-object --bucket "$bucket" --key "v/$version/$file" >/dev/null 2>&1; then
            put_in_place "$file"
        fi
    done
    put_in_place index.html
    aws s3api put-object --bucket "$bucket" --key "releases/$(date -u +%Y%m%dT%H%M%SZ)-$version" >/dev/null
    # They are asked for anew anyway; this is for what stands between.
    aws cloudfront create-invalidation --distribution-id "$distribution" --paths / /index.html \
        /config.json /manifest.webmanifest /service-worker.js /favicon.svg /icon-maskable.svg >/dev/null ||
        fail "version $version is released, but the distribution's cache could not be told"
}

# The releases, oldest first: TIME VERSION.
releases() {
    aws s3api list-objects-v2 --bucket "$bucket" --prefix releases/ --query 'Contents[].[Key]' --output text |
        sed -n 's|^releases/\([^-]*\)-|\1 |p' | LC_ALL=C sort
}

prune() {
    releases | awk '{ at[$2] = NR } END { for (version in at) print at[version], version }' | sort -rn |
        awk -v kept="$KEPT_VERSIONS" 'NR > kept { print $2 }' >"$stage.old"
    while read -r old; do
        say "Removing version $old"
        aws s3 rm --recursive --only-show-errors "s3://$bucket/v/$old/" </dev/null
        releases | awk -v old="$old" '$2 == old { print $1 "-" $2 }' | while read -r release; do
            aws s3api delete-object --bucket "$bucket" --key "releases/$release" </dev/null >/dev/null
        done
    done <"$stage.old"
}

find_account
bucket=$(output WebBucketName)
stage=$(mktemp -d)
trap 'rm -rf "$stage" "$stage".*' EXIT
case $action in
list) releases; exit 0 ;;
prune) prune; exit 0 ;;
esac
if [ -z "$version" ]; then
    stage_files
    upload_version
else
    aws s3api head-object --bucket "$bucket" --key "v/$version/index.html" >/dev/null 2>&1 ||
        fail "there is no version $version; --list shows what there is"
fi
release
url=$(output WebUrl)
echo "$url serves version $version."
