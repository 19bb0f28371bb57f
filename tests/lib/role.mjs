// Servers that have an instance's role and nothing else: its metadata service, and a gate before each service of AWS
// that asks the role's policy about every call (lib/policy.mjs) and remembers what was asked.
//
//     const role = await Role.start(aws, chain);
//     … role.environment …                 of servers and of the AWS CLI: no keys, but an instance's metadata
//     role.refused                         what was asked for without permission: [{action, resource}]
//     role.policy.unused()
//     await role.stop();
//
// moto knows neither resources nor conditions of policies, but for buckets: there the gate has the word, and moto
// checks the signature and the action. DynamoDB Local checks nothing: there the gate checks the signature too.
import http from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { FaultProxy } from './fault-proxy.mjs';
import { signatureIsGood } from './moto-proxy.mjs';
import { Policy, callsOf } from './policy.mjs';

const ACCOUNT = '123456789012'; // moto's
const INSTANCE = 'i-0123456789abcdef0';

// Each test's shop has tables, a bucket, a topic and a log group of its own (lib/aws.mjs), where an installation has
// one of each: the policy is asked about the installation's.
function asTheInstallations(chain) {
    const { DataBucketName, EventsTopicArn, LogGroupName } = chain.outputs;
    const names = [
        [/(:table\/mypos-)[0-9a-f]{16}-/, '$1'],
        [/^arn:aws:s3:::mypos-[0-9a-f]{16}(?=\/|$)/, `arn:aws:s3:::${DataBucketName}`],
        [/^arn:aws:sns:[^:]+:\d+:mypos-[0-9a-f]{16}$/, EventsTopicArn],
        [/(:log-group:)\/mypos\/[0-9a-f]{16}(?=:)/, `$1${LogGroupName}`],
    ];
    return (call) => ({ ...call, resource: names.reduce((resource, [from, to]) => resource.replace(from, to), call.resource) });
}

class Gate extends FaultProxy {
    constructor(target, role) {
        super(target);
        this.role = role;
    }

    async carryOut(call, request, body) {
        const { service, region, key } = credentialOf(request);
        const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const json = /json/.test(request.headers['content-type'] ?? '') ? JSON.parse(text) : undefined;
        const form = /form-urlencoded/.test(request.headers['content-type'] ?? '') ? new URLSearchParams(String(text)) : undefined;
        const operation = form?.get('Action') ?? call.operation;
        const needed = callsOf({ ...request, service, region, account: ACCOUNT, operation, body: text, request: json, form });
        const because = this.role.refuses(key, needed)
            ?? (service === 'dynamodb' && !signatureIsGood(request, body, this.role.secret) ? { action: 'a good signature' } : undefined);
        if (because) {
            return refusal(service, because);
        }
        // moto has no SignalResource.
        return operation === 'SignalResource' ? { status: 200, headers: {}, bytes: Buffer.from('<SignalResourceResponse/>') } : super.carryOut(call, request, body);
    }
}

function credentialOf({ url, headers }) {
    const inQuery = new URL(url, 'http://gate').searchParams.get('X-Amz-Credential');
    const [key, , region, service] = (inQuery ?? /Credential=([^,]+),/.exec(headers.authorization)?.[1] ?? '').split('/');
    return { key, region, service };
}

function refusal(service, { action, resource }) {
    const message = `User is not authorized to perform: ${action} on resource: ${resource}`;
    const [type, text] = ['dynamodb', 'logs', 'secretsmanager'].includes(service)
        ? ['application/x-amz-json-1.0', JSON.stringify({ __type: 'AccessDeniedException', message })]
        : ['text/xml', service === 's3' ? `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`
            : `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`];
    return { status: service === 'dynamodb' ? 400 : 403, headers: { 'content-type': type }, bytes: Buffer.from(text) };
}

export class Role {
    refused = [];

    static async start(aws, chain) {
        const role = new Role();
        const statements = await chain.statements();
        Object.assign(role, { policy: new Policy(statements), credentials: await chain.credentials(), translate: asTheInstallations(chain) });
        await chain.letMotoKnowActions(statements);
        [role.gate, role.dynamodbGate] = await Promise.all(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB'].map((name) => Gate.start(aws.environment[name], role)));
        role.metadata = await role.#serveMetadata();
        role.environment = {
            ...aws.environment,
            AWS_ACCESS_KEY_ID: undefined,
            AWS_SECRET_ACCESS_KEY: undefined,
            AWS_EC2_METADATA_DISABLED: undefined,
            AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${role.metadata.address().port}`,
            AWS_ENDPOINT_URL: role.gate.url,
            AWS_ENDPOINT_URL_DYNAMODB: role.dynamodbGate.url,
            MYPOS_METRICS_NAMESPACE: statements.find(({ Sid }) => Sid === 'Metrics').Condition.StringEquals['cloudwatch:namespace'],
        };
        return role;
    }

    /** For MYPOS_TEST_AWS_SERVER: with it, servers of a test over AWS have this role. */
    get asServers() {
        const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = this.credentials;
        const environment = Object.fromEntries(Object.entries(this.environment).map(([name, value]) => [name, value ?? null]));
        return JSON.stringify({ environment, credentials: { accessKeyId, secretAccessKey, sessionToken } });
    }

    get secret() {
        return this.credentials.SecretAccessKey;
    }

    /** The first of the permissions that whoever has the key lacks. */
    refuses(key, needed) {
        if (key !== this.credentials.AccessKeyId) {
            return { action: 'the credentials of the role', resource: '*' };
        }
        const lacking = this.policy.check(needed.map(this.translate));
        if (lacking) {
            this.refused.push(lacking);
        }
        return lacking;
    }

    // Instance metadata, version 2: nothing without a token that was asked for with PUT.
    async #serveMetadata() {
        const documents = {
            '/latest/meta-data/instance-id': INSTANCE,
            '/latest/meta-data/iam/security-credentials/': 'mypos-role',
            '/latest/meta-data/iam/security-credentials/mypos-role': JSON.stringify(this.credentials),
        };
        const server = http.createServer(({ method, url, headers }, response) => {
            if (method === 'PUT' && url === '/latest/api/token') {
                const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds'];
                response.writeHead(ttl ? 200 : 400, { 'x-aws-ec2-metadata-token-ttl-seconds': ttl ?? '0' }).end(ttl ? 'token' : '');
            } else if (url === '/health/ready') { // the server's, while the first boot waits for it
                response.end('{"status":"ready"}');
            } else if (headers['x-aws-ec2-metadata-token'] !== 'token') {
                response.writeHead(401).end();
            } else {
                response.writeHead(documents[url] ? 200 : 404).end(documents[url] ?? '');
            }
        });
        server.listen(0, '127.0.0.1').unref();
        server.on('connection', (socket) => socket.unref());
        await once(server, 'listening');
        return server;
    }

    async stop() {
        this.metadata.close();
        this.metadata.closeAllConnections();
        await Promise.all([this.gate.stop(), this.dynamodbGate.stop()]);
    }
}
