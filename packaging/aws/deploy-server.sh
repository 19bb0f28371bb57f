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
serve on. The stack's other parameters and its templates stay as they are.

  --package FILE   this package instead of a new build
  --to KEY         a package that was uploaded before: to go back
  --list           the packages that were uploaded, newest last, and the one in use
  --refresh        the same package on new machines: for Debian's updates, or when the secret settings have changed
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

current_package() {
    aws cloudformation describe-stacks --stack-name "$name" \
        --query "Stacks[0].Parameters[?ParameterKey=='PackageKey'].ParameterValue" --output text ||
        fail "there is no stack $name in $region; packaging/aws/deploy.sh makes it"
}

list_packages() {
    current=$(current_package)
    aws s3api list-objects-v2 --bucket "$artifacts" --prefix packages/ \
        --query 'sort_by(Contents, &LastModified)[].[LastModified, Key]' --output text |
        while read -r at key; do
            [ "$key" = "$current" ] && echo "$at $key   (in use)" || echo "$at $key"
        done
}

update_servers() {
    if [ "$(current_package)" = "$package_key" ]; then
        echo "The servers have this package already; --refresh makes new ones with it."
        return 0
    fi
    parameters=$(aws cloudformation describe-stacks --stack-name "$name" \
        --query "Stacks[0].Parameters[?ParameterKey!='PackageKey'].ParameterKey" --output text |
        tr '\t' '\n' | sed 's/.*/ParameterKey=&,UsePreviousValue=true/')
    say "Updating the servers of $name to $package_key"
    # Names of parameters: no blanks.
    # shellcheck disable=SC2086
    aws cloudformation update-stack --stack-name "$name" --use-previous-template \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
        --parameters $parameters "ParameterKey=PackageKey,ParameterValue=$package_key" >/dev/null ||
        fail "the update was refused"
    wait_for_stack
}

refresh_servers() {
    group=$(output GroupName)
    say "Replacing the servers of $name"
    refresh=$(aws autoscaling start-instance-refresh --auto-scaling-group-name "$group" --preferences \
        '{"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150, "InstanceWarmup": 60}' \
        --query InstanceRefreshId --output text) || fail "the refresh was refused"
    shown=""
    while :; do
        status=$(aws autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" \
            --instance-refresh-ids "$refresh" \
            --query 'InstanceRefreshes[0].[Status, PercentageComplete]' --output text | tr '\t' ' ')
        if [ "$status" != "$shown" ]; then
            echo "$(date +%H:%M:%S) $status %"
            shown=$status
        fi
        case $status in
        Successful*) return 0 ;;
        Failed* | Cancelled* | RollbackSuccessful* | RollbackFailed*)
            fail "the refresh ended: $status; see aws autoscaling describe-scaling-activities"
            ;;
        esac
        sleep "${MYPOS_POLL_SECONDS:-10}"
    done
}

find_account
case $action in
list) list_packages; exit 0 ;;
refresh) refresh_servers; exit 0 ;;
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
