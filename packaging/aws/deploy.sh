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
  --check          says what would change, and changes nothing
  --help           this page

The account and the region are those of the AWS CLI (AWS_PROFILE, AWS_REGION). Templates and packages are kept in
the bucket mypos-artifacts-<account>-<region> (MYPOS_ARTIFACTS), which is made when it is missing.
END
}

package=""
check=""
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
    --output)
        value "$1" $#
        find_account
        output "$2"
        exit
        ;;
    --check) check=--no-execute-changeset ;;
    *) fail "unknown option: $1; see --help" ;;
    esac
    shift
done

find_account
echo "Account $account, region $region, installation $name"
make_artifacts_bucket

is_new=""
aws cloudformation describe-stacks --stack-name "$name" >/dev/null 2>&1 || is_new=yes
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
trap 'rm -f "$packaged" "$packaged.log"' EXIT
say "Uploading the templates"
aws cloudformation package --template-file packaging/aws/mypos.yaml --s3-bucket "$artifacts" --s3-prefix templates \
    --output-template-file "$packaged" >"$packaged.log" 2>&1 || {
    cat "$packaged.log" >&2
    fail "the templates could not be uploaded"
}

say "Deploying the stack $name"
# Words without blanks, as was checked. What fails on the way is rolled back.
# shellcheck disable=SC2086
if ! aws cloudformation deploy --template-file "$packaged" --stack-name "$name" --s3-bucket "$artifacts" \
    --s3-prefix templates --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset $check \
    --tags "mypos=$name" --parameter-overrides $settings; then
    show_failures
    fail "the stack $name could not be deployed; what was there before serves on"
fi
[ -z "$check" ] || exit 0

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
