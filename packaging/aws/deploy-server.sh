#!/bin/sh
# Brings a new version of the server to the machines of an installation, one by one, while it sells.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/aws/lib.sh
. packaging/aws/lib.sh

usage() {
    cat <<END
usage: sh packaging/aws/deploy-server.sh [--name NAME] [--package FILE.deb | --to KEY | --refresh | --list]

Builds the Debian package, uploads it and updates the stack: a third server starts with it; when the load balancer
sees it ready, an old one drains and goes; then the other. A server that does not come up ends this, and the old ones
serve on. The stack's other parameters and its templates stay as they are. New servers are of the newest image of
Debian 12.

  --package FILE   this package instead of a new build
  --to KEY         a package that was uploaded before: to go back
  --list           the packages that were uploaded, newest last, and the one in use
  --refresh        the same package on new machines, one by one, too: for Debian's updates, or when the secret
                   settings have changed
  --name NAME      the installation (MYPOS_NAME, mypos)
  --help           this page
END
}

action=update
package=""
package_key=""
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --name) value "$1" $#; name=$2; shift ;;
    --package) value "$1" $#; package=$2; shift ;;
    --to) value "$1" $#; package_key=$2; shift ;;
    --list) action=list ;;
    --refresh) action=refresh ;;
    *) fail "unknown option: $1; see --help" ;;
    esac
    shift
done

list_packages() {
    current=$(parameter PackageKey)
    aws s3api list-objects-v2 --bucket "$artifacts" --prefix packages/ \
        --query 'sort_by(Contents, &LastModified)[].[LastModified, Key]' --output text |
        while read -r at key; do
            [ "$key" = "$current" ] && echo "$at $key   (in use)" || echo "$at $key"
        done
}

update_servers() {
    current=$(parameter PackageKey)
    if [ "$current" = "$package_key" ]; then
        echo "The servers have this package already; --refresh makes new ones with it."
        return 0
    fi
    say "Updating the servers of $name to $package_key"
    update_parameter PackageKey "$package_key"
}

# A roll-out like any other: each new server is waited for, and one that does not come up ends it.
refresh_servers() {
    package_key=$(parameter PackageKey)
    say "Replacing the servers of $name"
    update_parameter Refreshed "$(date -u +%Y%m%dT%H%M%SZ)"
}

find_account
case $action in
list) list_packages; exit 0 ;;
refresh)
    refresh_servers
    echo "The servers of $name are new ones, with $package_key."
    exit 0
    ;;
esac
if [ -n "$package_key" ]; then
    aws s3api head-object --bucket "$artifacts" --key "$package_key" >/dev/null 2>&1 ||
        fail "there is no $package_key in $artifacts; --list shows what there is"
else
    [ -n "$package" ] || build_package
    upload_package "$package"
fi
update_servers
echo "The servers of $name run $package_key."
