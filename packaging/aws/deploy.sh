#!/bin/sh
# Makes or updates everything of a chain on AWS: network, tables, servers, web-ui's distribution, alarms.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/aws/lib.sh
. packaging/aws/lib.sh

usage() {
    cat <<END
usage: sh packaging/aws/deploy.sh [--name NAME] [--package FILE.deb] [--set PARAMETER=VALUE]… [--check]
       sh packaging/aws/deploy.sh [--name NAME] --output OUTPUT

Uploads the templates and the server's package, and makes the stack or updates it: what differs from the
templates and parameters, and nothing else. Parameters that are not set keep their value, or have their default.
The first time it needs

  --set ApiDomain=api.shop.example --set ApiCertificateArn=arn:aws:acm:…

and the other parameters are explained in packaging/aws/mypos.yaml.

  --name NAME      the installation, one of several in an account (MYPOS_NAME, mypos)
  --package FILE   the server's Debian package; without it the servers keep theirs, and the first time one is built
  --set P=V        a parameter of the stack
  --output OUTPUT  prints one of the stack's outputs, such as SettingsArn, and does nothing else
  --check          says what would change, resource by resource, and changes nothing (templates are uploaded for it)
  --help           this page

The account and the region are those of the AWS CLI (AWS_PROFILE, AWS_REGION). Templates and packages are kept in
the bucket mypos-artifacts-<account>-<region> (MYPOS_ARTIFACTS), which is made when it is missing.
END
}

package=""
action=deploy
wanted=""
settings=""
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --name) value "$1" $#; name=$2; shift ;;
    --package) value "$1" $#; package=$2; shift ;;
    --set)
        value "$1" $#
        case $2 in
        *" "*) fail "a value with a blank: $2" ;;
        Name=*) fail "the name is set with --name" ;;
        *=*) settings="$settings $2" ;;
        *) fail "--set needs PARAMETER=VALUE, not $2" ;;
        esac
        shift
        ;;
    --output) value "$1" $#; action=output; wanted=$2; shift ;;
    --check) action=check ;;
    *) fail "unknown option: $1; see --help" ;;
    esac
    shift
done

# Sets $is_new; a stack that nothing can be deployed to ends this, with what to do.
look_at_stack() {
    status=$(stack_status)
    is_new=""
    case $status in
    "" | REVIEW_IN_PROGRESS) is_new=yes ;; # a check leaves the name of a new stack in review
    *_IN_PROGRESS) fail "the stack $name is at work: $status; wait until it is at rest" ;;
    ROLLBACK_* | CREATE_FAILED | DELETE_FAILED)
        show_failures
        fail "the stack $name is $status: it was never whole, and must be removed first; see \"When the first" \
            "deployment fails\" in packaging/aws/README.md"
        ;;
    UPDATE_ROLLBACK_FAILED)
        show_failures
        fail "the stack $name is $status; mend what failed, then:" \
            "aws cloudformation continue-update-rollback --stack-name $name"
        ;;
    esac
}

# The settings, and what the stack has of the templates' other parameters, as create-change-set wants them.
write_parameters() {
    known=$(aws cloudformation get-template-summary --template-body "file://$packaged" \
        --query 'Parameters[].ParameterKey' --output text)
    kept=""
    [ -n "$is_new" ] || kept=$(aws cloudformation describe-stacks --stack-name "$name" \
        --query 'Stacks[0].Parameters[].ParameterKey' --output text)
    # shellcheck disable=SC2016,SC2086
    jq -n --arg known "$known" --arg kept "$kept" '
        ($ARGS.positional | map(split("=") | {ParameterKey: .[0], ParameterValue: (.[1:] | join("="))})) as $set |
        ($known | split("\\s+"; null)) as $known | ($set | map(.ParameterKey)) as $names |
        $set + [$kept | split("\\s+"; null)[] | select(. as $each | $known | index($each)) |
            select(. as $each | $names | index($each) | not) | {ParameterKey: ., UsePreviousValue: true}]
        ' --args $settings >"$packaged.parameters"
}

# show_changes CHANGE-SET: one line for each resource, those of nested stacks after their stack.
show_changes() {
    aws cloudformation describe-change-set --change-set-name "$1" --query \
        'Changes[].ResourceChange.[Action, Replacement, ResourceType, LogicalResourceId, ChangeSetId]' --output text |
        while read -r act replacement type resource nested; do
            case $replacement in
            True) act="$act (replaced)" ;;
            Conditional) act="$act (perhaps replaced)" ;;
            esac
            echo "$2$act $type $resource"
            case $nested in
            arn:*) show_changes "$nested" "$2    " ;;
            esac
        done
}

check_stack() {
    command -v jq >/dev/null || fail "jq is missing: apt-get install jq"
    say "Asking what would change in the stack $name"
    write_parameters
    type=UPDATE
    [ -z "$is_new" ] || type=CREATE
    changes=$(aws cloudformation create-change-set --stack-name "$name" --change-set-type "$type" \
        --change-set-name "check-$(date -u +%Y%m%dT%H%M%SZ)" --template-body "file://$packaged" \
        --include-nested-stacks --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --tags "Key=mypos,Value=$name" \
        --parameters "file://$packaged.parameters" --query Id --output text) || fail "the check was refused"
    if aws cloudformation wait change-set-create-complete --change-set-name "$changes" 2>/dev/null; then
        show_changes "$changes" ""
    else
        aws cloudformation describe-change-set --change-set-name "$changes" --query StatusReason --output text
    fi
    aws cloudformation delete-change-set --change-set-name "$changes"
}

find_account
if [ "$action" = output ]; then
    output "$wanted"
    exit
fi
echo "Account $account, region $region, installation $name"
make_artifacts_bucket
look_at_stack
if [ -n "$is_new" ]; then
    for needed in ApiDomain ApiCertificateArn; do
        case "$settings " in
        *" $needed="*) ;;
        *) fail "a new installation needs --set $needed=…; see --help" ;;
        esac
    done
    [ -n "$package" ] || build_package
fi
settings="$settings Name=$name PackageBucket=$artifacts"
if [ -n "$package" ]; then
    upload_package "$package"
    settings="$settings PackageKey=$package_key"
fi

node packaging/aws/tables.mjs --check 2>/dev/null || ! command -v node >/dev/null ||
    fail "tables.json is not what migrations/dynamodb say: node packaging/aws/tables.mjs"
packaged=$(mktemp)
trap 'rm -f "$packaged" "$packaged".*' EXIT
say "Uploading the templates"
aws cloudformation package --template-file packaging/aws/mypos.yaml --s3-bucket "$artifacts" --s3-prefix templates \
    --output-template-file "$packaged" >"$packaged.log" 2>&1 || {
    cat "$packaged.log" >&2
    fail "the templates could not be uploaded"
}

if [ "$action" = check ]; then
    check_stack
    exit
fi
say "Deploying the stack $name"
# Words without blanks, as was checked. What fails on the way is rolled back.
# shellcheck disable=SC2086
if ! aws cloudformation deploy --template-file "$packaged" --stack-name "$name" --s3-bucket "$artifacts" \
    --s3-prefix templates --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
    --tags "mypos=$name" --parameter-overrides $settings; then
    show_failures
    [ -z "$is_new" ] || fail "the stack $name could not be made; see \"When the first deployment fails\" in" \
        "packaging/aws/README.md"
    fail "the stack $name could not be deployed; what was there before serves on"
fi

aws cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' \
    --output text
if [ -n "$is_new" ]; then
    cat <<END

The servers run. Next:
  1. Without HostedZoneId: make ApiDomain a CNAME of BalancerDomain, and WebDomain of DistributionDomain.
  2. The web-ui: sh packaging/aws/deploy-web-ui.sh --name $name
  3. Sign in as admin at WebUrl; the password:
     aws secretsmanager get-secret-value --query SecretString --output text \\
       --secret-id "\$(sh packaging/aws/deploy.sh --name $name --output SettingsArn)"
END
fi
