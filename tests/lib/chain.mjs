// A chain as packaging/aws makes it, on this machine: deploy.sh runs against moto, the first boot's script runs in a
// sandbox, and what comes out is the environment of a server with the instance's role.
//
//     const chain = await Chain.deploy(aws, packageFile);
//     … chain.outputs, chain.role (its statements), await chain.credentials()
//     await chain.remove();
//
// What moto's CloudFormation does not know is not left out of the test: buckets' policies, alarms, the secret and the
// distribution are made through the services' own APIs, from the properties in the templates. CloudFront's policies,
// the log's metric filter, the mail subscription and SecurityGroupEgress are what cfn-lint alone has looked at.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './paths.mjs';
import { AwsClient, element } from './aws-client.mjs';
import { FaultProxy } from './fault-proxy.mjs';
import { flatten, readTemplate, resolve, rewrite } from './template.mjs';

const run = promisify(execFile);
const UNKNOWN_TO_MOTO = [
    'AWS::CloudFront::CachePolicy', 'AWS::CloudFront::Distribution', 'AWS::CloudFront::OriginAccessControl',
    'AWS::CloudFront::ResponseHeadersPolicy', 'AWS::CloudWatch::Alarm', 'AWS::EC2::SecurityGroupEgress',
    'AWS::Logs::MetricFilter', 'AWS::S3::BucketPolicy', 'AWS::SNS::Subscription', 'AWS::SecretsManager::Secret',
];
const AMI = '/test/debian-12';
const API_DOMAIN = 'api.shop.example';

// The first `count` networks with `bits` for hosts of one that ends in zeros.
function networks([base, count, bits]) {
    const [a, b, c, d] = base.split('/')[0].split('.').map(Number);
    const first = ((a * 256 + b) * 256 + c) * 256 + d;
    return Array.from({ length: count }, (_, at) => {
        const address = first + at * 2 ** bits;
        return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${32 - bits}`;
    });
}

// What a Query API takes for lists and structures: {"Dimensions.member.1.Name": …}.
function asForm(value, name = '') {
    if (value === null || typeof value !== 'object') {
        return { [name]: String(value) };
    }
    const members = Array.isArray(value) ? value.map((each, at) => [`member.${at + 1}`, each]) : Object.entries(value);
    return Object.assign({}, ...members.map(([key, each]) => asForm(each, name ? `${name}.${key}` : key)));
}

export class Chain {
    /** aws: lib/aws.mjs; packageFile: the server's Debian package, or whatever is to be fetched in its place. */
    static async deploy(aws, packageFile) {
        const chain = new Chain();
        Object.assign(chain, { aws, packageFile, root: mkdtempSync(path.join(tmpdir(), 'mypos-chain-')) });
        try {
            await chain.#deploy();
        } catch (error) {
            await chain.remove();
            throw error;
        }
        return chain;
    }

    async remove() {
        await this.proxy?.stop();
        rmSync(this.root, { recursive: true, force: true });
    }

    async #deploy() {
        for (const part of ['packaging', 'migrations', 'web-ui']) {
            cpSync(path.join(ROOT, part), path.join(this.root, part), { recursive: true });
        }
        const read = (name) => readTemplate(path.join(ROOT, 'packaging/aws', name));
        const root = read('mypos.yaml');
        const files = Object.values(root.Resources).map(({ Properties }) => Properties.TemplateURL);
        this.template = flatten(root, Object.fromEntries(files.map((name) => [name, read(name)])));
        this.proxy = await FaultProxy.start(this.aws.environment.AWS_ENDPOINT_URL);
        this.client = new AwsClient({ ...this.aws.client, endpoints: { default: this.aws.environment.AWS_ENDPOINT_URL } });
        // moto finds templates in its own S3 by the name of localhost.
        this.environment = {
            ...process.env, ...this.aws.environment, MYPOS_POLL_SECONDS: '1',
            AWS_ENDPOINT_URL: this.proxy.url.replace('127.0.0.1', 'localhost'),
            AWS_ENDPOINT_URL_DYNAMODB: undefined,
        };
        await this.#makeWhatComesFirst();
        writeFileSync(path.join(this.root, 'packaging/aws/mypos.yaml'), JSON.stringify(this.#forMoto(), null, 1));
        // All of them: moto forgets what a parameter's default was when it is to keep its value.
        const defaults = Object.entries(this.template.Parameters).filter(([name, { Default }]) => Default !== undefined && name !== 'Name')
            .map(([name, { Type, Default }]) => `${name}=${Type.startsWith('AWS::SSM') ? AMI : Default}`);
        const settings = [...defaults, `ApiDomain=${API_DOMAIN}`, `ApiCertificateArn=${this.certificate}`];
        const first = path.join(this.root, 'mypos_0.0.1_amd64.deb');
        writeFileSync(first, 'an older package');
        await this.script('deploy.sh', '--package', first, ...settings.flatMap((each) => ['--set', each]));
        // moto gives a stack that a change set made its outputs when it is updated.
        await this.script('deploy-server.sh', '--package', this.packageFile);
        await this.#readStack();
        await this.#makeTheRest();
    }

    /** Runs a script of packaging/aws; what it printed. */
    async script(name, ...args) {
        const { stdout } = await run('sh', [path.join(this.root, 'packaging/aws', name), ...args], {
            cwd: this.root, env: this.environment, maxBuffer: 1 << 24,
        });
        return stdout;
    }

    /** The AWS CLI, as an administrator; the answer as data. It takes a second to begin: `client` does without. */
    async cli(...args) {
        const { stdout } = await run('aws', [...args, '--output', 'json'], { env: this.environment, maxBuffer: 1 << 24 });
        return stdout.trim() ? JSON.parse(stdout) : null;
    }

    async #makeWhatComesFirst() {
        await this.cli('ssm', 'put-parameter', '--name', AMI, '--type', 'String', '--value', 'ami-12c6146b');
        ({ CertificateArn: this.certificate } = await this.cli('acm', 'request-certificate', '--domain-name', API_DOMAIN));
        const { GenerateSecretString: { GenerateStringKey } } = this.template.Resources.DataSettings.Properties;
        ({ ARN: this.secret } = await this.cli('secretsmanager', 'create-secret', '--name', 'mypos/settings',
            '--secret-string', JSON.stringify({ [GenerateStringKey]: 'generated "24" $characters' })));
        ({ Distribution: this.distribution } = await this.cli('cloudfront', 'create-distribution',
            '--origin-domain-name', 'web.s3.eu-central-1.amazonaws.com', '--default-root-object', 'index.html'));
    }

    // Without the resources that moto does not know, and with values in the places that name them.
    #forMoto() {
        const isGone = ([, { Type }]) => UNKNOWN_TO_MOTO.includes(Type);
        const all = Object.entries(this.template.Resources);
        this.apart = all.filter(isGone);
        this.made = {
            DataSettings: this.secret,
            WebDistribution: this.distribution.Id,
            'WebDistribution.DomainName': this.distribution.DomainName,
            // Only dimensions of metrics that are not there.
            'ServiceBalancer.LoadBalancerFullName': 'app/mypos/0123456789abcdef',
            'ServiceServers.TargetGroupFullName': 'targetgroup/servers/0123456789abcdef',
            ...Object.fromEntries(this.apart.map(([id]) => [`${id}.Arn`, `arn:aws:cloudwatch:::alarm:${id}`])),
        };
        const cidr = this.template.Parameters.VpcCidr.Default;
        const less = { ...this.template, Resources: Object.fromEntries(all.filter((each) => !isGone(each))) };
        return rewrite(resolve(less, this.made), (object) => {
            if (object.Type === 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>') {
                return { ...object, Default: AMI }; // moto has no images of Debian
            }
            if ('Fn::Cidr' in object) {
                return networks([cidr, ...object['Fn::Cidr'].slice(1)]);
            }
            return 'Fn::GetAZs' in object ? { 'Fn::GetAZs': this.aws.environment.AWS_REGION } : undefined;
        });
    }

    async #readStack() {
        const { Stacks: [{ StackId, Parameters, Outputs }] } = await this.cli('cloudformation', 'describe-stacks', '--stack-name', 'mypos');
        const { StackResources } = await this.cli('cloudformation', 'describe-stack-resources', '--stack-name', 'mypos');
        this.parameters = Object.fromEntries(Parameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]));
        this.outputs = Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
        this.resources = Object.fromEntries(StackResources.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]));
        this.id = StackId;
    }

    async #makeTheRest() {
        const known = this.known = {
            'AWS::Partition': 'aws', 'AWS::AccountId': '123456789012', 'AWS::Region': this.aws.environment.AWS_REGION,
            'AWS::StackName': 'mypos', Restored: false, ...this.parameters, ...this.resources, ...this.made,
            'DataEventsTopic.TopicName': this.resources.DataEventsTopic.split(':').pop(),
            ...Object.fromEntries(['WebWebBucket', 'DataBucket'].map((each) => [`${each}.Arn`, `arn:aws:s3:::${this.resources[each]}`])),
        };
        for (const { Type, Properties } of this.apart.map(([, each]) => each)) {
            if (Type === 'AWS::S3::BucketPolicy') {
                const { Bucket, PolicyDocument } = resolve(Properties, known);
                // moto evaluates no condition: the refusal of plain HTTP would be one of everything.
                const Statement = PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow');
                await this.aws.client.s3('PUT', `/${Bucket}?policy`, { body: JSON.stringify({ ...PolicyDocument, Statement }) });
            } else if (Type === 'AWS::CloudWatch::Alarm') {
                await this.aws.client.monitoring('PutMetricAlarm', asForm(resolve(Properties, known)));
            }
        }
    }

    /**
     * The statements of the instance's role, as CloudFormation made them. moto keeps them
     * as Python writes a dictionary and cannot read them itself: they are put in place again as JSON.
     */
    async statements() {
        const role = this.outputs.RoleName;
        const { PolicyNames } = await this.cli('iam', 'list-role-policies', '--role-name', role);
        const all = [];
        for (const name of PolicyNames) {
            const { PolicyDocument } = await this.cli('iam', 'get-role-policy', '--role-name', role, '--policy-name', name);
            const document = typeof PolicyDocument === 'string' ? JSON.parse(PolicyDocument.replaceAll("'", '"')) : PolicyDocument;
            await this.client.iam('PutRolePolicy', { RoleName: role, PolicyName: name, PolicyDocument: JSON.stringify(document) });
            all.push(...document.Statement);
        }
        return all;
    }

    /** moto compares resources of buckets alone: it is told the actions on everything else without. */
    async letMotoKnowActions(statements) {
        // It knows services by the names that they sign with.
        const Action = statements.flatMap((each) => [each.Action].flat()).filter((action) => !action.startsWith('s3:'))
            .map((action) => action.replace(/^cloudwatch:/, 'monitoring:'));
        await this.client.iam('PutRolePolicy', {
            RoleName: this.outputs.RoleName, PolicyName: 'moto', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [
                { Effect: 'Allow', Action, Resource: '*' },
                // Buckets of the tests' own shops.
                { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::mypos-*'] },
            ] }),
        });
    }

    /** Temporary credentials of the role, as the metadata service gives them to an instance. */
    async credentials() {
        // The service's own principal is EC2's; here the tests' user stands for it.
        await this.client.iam('UpdateAssumeRolePolicy', {
            RoleName: this.outputs.RoleName,
            PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] }),
        });
        const answer = await this.aws.client.sts('AssumeRole', {
            RoleArn: this.outputs.RoleArn, RoleSessionName: 'i-0123456789abcdef0', DurationSeconds: '3600',
        });
        return {
            Code: 'Success', Type: 'AWS-HMAC', LastUpdated: new Date().toISOString(),
            AccessKeyId: element(answer, 'AccessKeyId'), SecretAccessKey: element(answer, 'SecretAccessKey'),
            Token: element(answer, 'SessionToken'), Expiration: element(answer, 'Expiration'),
        };
    }

    /** What the launch template says of new machines. */
    launch() {
        this.launched ??= this.cli('ec2', 'describe-launch-template-versions', '--launch-template-id', this.resources.ServiceTemplate, '--versions', '$Latest')
            .then(({ LaunchTemplateVersions: [{ LaunchTemplateData }] }) => LaunchTemplateData);
        return this.launched;
    }

    /** The script of the first boot, as the launch template has it. */
    async userData() {
        const { UserData } = await this.launch();
        return Buffer.from(UserData, 'base64').toString();
    }
}
