# What the deploy scripts share; read by them, not run. They run in the repository's root.
# shellcheck shell=sh

# The CLI shows its answers with a pager when it finds one.
export AWS_PAGER=""
program=$(basename "$0")
name=${MYPOS_NAME:-mypos}

fail() {
    echo "$program: $*" >&2
    exit 1
}

say() {
    echo "== $*"
}

# value OPTION COUNT: an option that needs a value has one.
value() {
    [ "$2" -ge 2 ] || fail "$1 needs a value; see --help"
}

# Finds the account and the region, or says what is missing; sets $account, $region and $artifacts.
find_account() {
    command -v aws >/dev/null || fail "the AWS CLI is missing: apt-get install awscli"
    region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
    [ -n "$region" ] || fail "no region is chosen: export AWS_REGION=eu-central-1"
    export AWS_DEFAULT_REGION="$region"
    account=$(aws sts get-caller-identity --query Account --output text) ||
        fail "AWS does not know who you are: aws configure, or export AWS_PROFILE"
    artifacts=${MYPOS_ARTIFACTS:-mypos-artifacts-$account-$region}
}

# An output of the stack.
output() {
    found=$(aws cloudformation describe-stacks --stack-name "$name" \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text) ||
        fail "there is no stack $name in $region; packaging/aws/deploy.sh makes it"
    case $found in
    "" | None) fail "the stack $name has no output $1; update it with deploy.sh" ;;
    *) echo "$found" ;;
    esac
}

# Makes the bucket of templates and packages when it is not there. Its name can be guessed: one that somebody else has
# made would be read by him, and the templates in it could become his, so it must be this account's.
make_artifacts_bucket() {
    if [ -n "${MYPOS_ARTIFACTS:-}" ]; then
        ! aws s3api head-bucket --bucket "$artifacts" >/dev/null 2>&1 || return 0
    elif aws s3api head-bucket --bucket "$artifacts" --expected-bucket-owner "$account" >/dev/null 2>&1; then
        return 0
    elif aws s3api head-bucket --bucket "$artifacts" >/dev/null 2>&1; then
        fail "the bucket $artifacts is another account's; name one of yours: export MYPOS_ARTIFACTS=…"
    fi
    say "Making the bucket $artifacts for templates and packages"
    if [ "$region" = us-east-1 ]; then
        aws s3api create-bucket --bucket "$artifacts" >/dev/null
    else
        aws s3api create-bucket --bucket "$artifacts" \
            --create-bucket-configuration "LocationConstraint=$region" >/dev/null
    fi
    aws s3api put-public-access-block --bucket "$artifacts" --public-access-block-configuration \
        BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    aws s3api put-bucket-versioning --bucket "$artifacts" --versioning-configuration Status=Enabled
}

# upload_package FILE: puts it where servers fetch it, under its hash; sets $package_key.
upload_package() {
    [ -f "$1" ] || fail "there is no package $1"
    architecture=$(dpkg-deb --field "$1" Architecture 2>/dev/null || true)
    case $architecture in
    "" | amd64 | all) ;;
    *) fail "$1 is for $architecture, and the servers are amd64: build it on such a machine" ;;
    esac
    package_key=packages/$(sha256sum "$1" | cut -d ' ' -f 1)/$(basename "$1")
    if aws s3api head-object --bucket "$artifacts" --key "$package_key" >/dev/null 2>&1; then
        echo "The package is there already: $package_key"
    else
        say "Uploading $1"
        aws s3 cp --only-show-errors "$1" "s3://$artifacts/$package_key" ||
            fail "the package could not be uploaded to $artifacts"
    fi
}

# Builds the Debian package; sets $package.
build_package() {
    system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
    [ "$system" = "debian 12" ] ||
        fail "this is $system, and the servers are Debian 12: build the package there, and name it with --package"
    say "Building the package"
    sh packaging/install-packages.sh packaging/packages.txt
    mkdir -p build/release
    { cmake -C packaging/presets/release.cmake -G Ninja -B build/release && ninja -C build/release mypos &&
        (cd build/release && rm -f mypos_*.deb && cpack -G DEB); } >build/release/package.log 2>&1 || {
        tail -n 30 build/release/package.log >&2
        fail "the package could not be built; see build/release/package.log"
    }
    package=$(echo build/release/mypos_*.deb)
    echo "$package"
}

# Why a stack failed: the first failures, in nested stacks too.
show_failures() {
    for stack in $(aws cloudformation list-stacks --query \
        "StackSummaries[?StackName=='$name' || starts_with(StackName, '$name-')].StackId" --output text); do
        aws cloudformation describe-stack-events --stack-name "$stack" --max-items 100 --query \
            "StackEvents[?contains(ResourceStatus, 'FAILED') && !contains(ResourceStatusReason || '', 'cancelled')]
             .[Timestamp, LogicalResourceId, ResourceStatusReason]" --output text 2>/dev/null | tail -n 5 >&2 || true
    done
}

# The stack's status; nothing when there is none.
stack_status() {
    aws cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].StackStatus' --output text 2>/dev/null ||
        true
}

# A parameter of the stack as it is.
parameter() {
    aws cloudformation describe-stacks --stack-name "$name" \
        --query "Stacks[0].Parameters[?ParameterKey=='$1'].ParameterValue" --output text ||
        fail "there is no stack $name in $region; packaging/aws/deploy.sh makes it"
}

# update_parameter NAME VALUE: gives one parameter another value, leaves the others and the templates as they are, and
# waits for the servers that come of it.
update_parameter() {
    others=$(aws cloudformation describe-stacks --stack-name "$name" \
        --query "Stacks[0].Parameters[?ParameterKey!='$1'].ParameterKey" --output text |
        tr '\t' '\n' | sed 's/.*/ParameterKey=&,UsePreviousValue=true/')
    # Names of parameters: no blanks.
    # shellcheck disable=SC2086
    aws cloudformation update-stack --stack-name "$name" --use-previous-template \
        --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
        --parameters $others "ParameterKey=$1,ParameterValue=$2" >/dev/null ||
        fail "the update was refused"
    wait_for_stack
}

# Waits until the stack is at rest, and shows what it does meanwhile.
wait_for_stack() {
    shown=""
    while :; do
        status=$(aws cloudformation describe-stacks --stack-name "$name" --query 'Stacks[0].StackStatus' \
            --output text) || fail "the stack $name cannot be read"
        if [ "$status" != "$shown" ]; then
            echo "$(date +%H:%M:%S) $status"
            shown=$status
        fi
        case $status in
        UPDATE_COMPLETE | CREATE_COMPLETE) return 0 ;;
        *_COMPLETE | *_FAILED)
            show_failures
            fail "the stack $name is $status; what was there before serves on"
            ;;
        esac
        sleep "${MYPOS_POLL_SECONDS:-10}"
    done
}
