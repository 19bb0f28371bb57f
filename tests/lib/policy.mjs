// What IAM decides: whether a role's statements allow a call of AWS, and which of them were never needed.
//
//     const policy = new Policy(statements);
//     policy.check(callsOf({ service: 'dynamodb', operation: 'PutItem', … }));   // the first that is not allowed
//     policy.unused();                                     // ["Tables: dynamodb:BatchGetItem on table/x", …]
//
// It knows what these statements have: Allow, Action, Resource with * in it, and Condition StringEquals.
const matches = (pattern, text) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's').test(text);
const list = (value) => [value].flat();

export class Policy {
    #used = new Set();
    /** Whether what is allowed counts as needed. */
    counting = true;

    constructor(statements) {
        for (const { Effect, Condition = {}, NotAction, NotResource } of statements) {
            if (Effect !== 'Allow' || NotAction || NotResource || Object.keys(Condition).some((test) => test !== 'StringEquals')) {
                throw new Error('a statement of a kind that this test does not know');
            }
        }
        this.statements = statements;
    }

    allows({ action, resource, context = {} }) {
        let allowed = false;
        for (const { Sid, Action, Resource, Condition } of this.statements) {
            const holds = Object.entries(Condition?.StringEquals ?? {}).every(([key, value]) => list(value).includes(context[key]));
            for (const each of holds && list(Action).includes(action) ? list(Resource) : []) {
                if (matches(each, resource)) {
                    if (this.counting) {
                        this.#used.add(`${Sid}: ${action} on ${each}`);
                    }
                    allowed = true;
                }
            }
        }
        return allowed;
    }

    /** The first of some calls that is not allowed. */
    check(calls) {
        return calls.find((call) => !this.allows(call));
    }

    /** Every action of a statement on every resource of it. */
    grants() {
        return this.statements.flatMap(({ Sid, Action, Resource }) => list(Action).flatMap((action) => list(Resource).map((each) => `${Sid}: ${action} on ${each}`)));
    }

    /** Those that allowed nothing. */
    unused() {
        return this.grants().filter((each) => !this.#used.has(each));
    }
}

const TRANSACT = { ConditionCheck: 'ConditionCheckItem', Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', Get: 'GetItem' };

function dynamodb(arn, operation, request) {
    const table = (name) => arn('dynamodb', `table/${name}`);
    if (operation.startsWith('Transact')) {
        return request.TransactItems.flatMap((item) => Object.entries(item))
            .map(([kind, { TableName }]) => ({ action: `dynamodb:${TRANSACT[kind]}`, resource: table(TableName) }));
    }
    if (operation.startsWith('Batch')) {
        return Object.keys(request.RequestItems).map((name) => ({ action: `dynamodb:${operation}`, resource: table(name) }));
    }
    const resource = request.TableName ? table(request.TableName) + (request.IndexName ? `/index/${request.IndexName}` : '') : '*';
    return [{ action: `dynamodb:${operation}`, resource }];
}

function s3({ method, url, headers, body }) {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const [bucket, key] = decodeURIComponent(pathname.slice(1)).split(/\/(.*)/s);
    const object = (action, name) => ({ action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}/${name}` });
    if (!key) {
        if (method === 'POST' && searchParams.has('delete')) {
            return [...String(body).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => object('DeleteObject', name));
        }
        return [{ action: ['GET', 'HEAD'].includes(method) ? 's3:ListBucket' : `s3:${method}Bucket`, resource: `arn:aws:s3:::${bucket}` }];
    }
    const actions = { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', POST: 'PutObject', DELETE: 'DeleteObject' };
    const copied = headers['x-amz-copy-source'];
    return [
        object(actions[method], key),
        ...(copied ? [{ action: 's3:GetObject', resource: `arn:aws:s3:::${decodeURIComponent(copied).replace(/^\//, '')}` }] : []),
    ];
}

/**
 * The permissions that a call needs. call: {service (as it signs), region, account, operation, method, url, headers,
 * body, request (the body of a JSON service), form (URLSearchParams of a Query one)}.
 */
export function callsOf(call) {
    const { service, operation, request, form } = call;
    const arn = (name, resource) => `arn:aws:${name}:${call.region}:${call.account}:${resource}`;
    const one = (action, resource, context) => [{ action, resource, context }];
    switch (service) {
    case 'dynamodb':
        return dynamodb(arn, operation, request);
    case 's3':
        return s3(call);
    case 'sns': // a batch is authorised as what it is made of
        return one(`sns:${operation === 'PublishBatch' ? 'Publish' : operation}`, form.get('TopicArn') ?? '*');
    case 'logs':
        return one(`logs:${operation}`, arn('logs', `log-group:${request.logGroupName}:log-stream:${request.logStreamName ?? ''}`));
    case 'monitoring':
        return one(`cloudwatch:${operation}`, '*', { 'cloudwatch:namespace': form?.get('Namespace') ?? request?.Namespace });
    case 'sts':
        return operation === 'GetCallerIdentity' ? [] : one(`sts:${operation}`, form.get('RoleArn') ?? '*'); // that is everybody's right
    case 'secretsmanager':
        return one(`secretsmanager:${operation}`, request.SecretId);
    case 'cloudformation':
        return one(`cloudformation:${operation}`, form.get('StackName'));
    default:
        return one(`${service}:${operation}`, '*');
    }
}
