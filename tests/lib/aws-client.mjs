// Signed calls to AWS or what stands for it, for tests: they share no code with the client that is tested.
//
//     const client = new AwsClient({ region, credentials, endpoints: { default: moto.url, dynamodb: local.url } });
//     await client.dynamodb('ListTables', {});
//     await client.sns('Publish', { TopicArn, Message });        // answers the XML
//     await client.s3('PUT', '/bucket/key', { body });           // answers the response
//
// A call that is not answered with 2xx fails with an AwsError.
import { AwsClient as Signer } from 'aws4fetch';

const WITHIN_MS = 60_000;

export class AwsError extends Error {
    constructor(what, status, text) {
        super(`${what}: ${status} ${text.slice(0, 500)}`);
        this.status = status;
        this.code = /"__type":\s*"(?:[^"#]*#)?(\w+)"/.exec(text)?.[1] ?? element(text, 'Code');
    }
}

/** The text of the first element with a name. */
export const element = (xml, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

// As Python encodes forms, `*` too: moto signs what it decoded and encoded again.
const form = (parameters) => new URLSearchParams(parameters).toString().replaceAll('*', '%2A').replaceAll('%7E', '~');

const JSON_SERVICES = {
    dynamodb: { prefix: 'DynamoDB_20120810', version: '1.0' },
    logs: { prefix: 'Logs_20140328', version: '1.1' },
    sqs: { prefix: 'AmazonSQS', version: '1.0' },
};
const QUERY_SERVICES = {
    cloudformation: '2010-05-15', iam: '2010-05-08', monitoring: '2010-08-01', sns: '2010-03-31', sts: '2011-06-15',
};

export class AwsClient {
    constructor({ region, credentials, endpoints }) {
        Object.assign(this, { region, credentials, endpoints });
        this.signer = new Signer({ ...credentials, region, retries: 0 });
    }

    /** The same services for somebody else. */
    as(credentials) {
        return new AwsClient({ ...this, credentials });
    }

    async call(service, method, target, { headers, body } = {}) {
        const url = (this.endpoints[service] ?? this.endpoints.default) + target;
        const response = await this.signer.fetch(url, {
            method, headers, body, aws: { service, region: this.region }, signal: AbortSignal.timeout(WITHIN_MS),
        });
        if (!response.ok) {
            throw new AwsError(`${service} ${method} ${target}`, response.status, await response.text());
        }
        return response;
    }

    async json(service, operation, body) {
        const { prefix, version } = JSON_SERVICES[service];
        const response = await this.call(service, 'POST', '/', {
            headers: { 'Content-Type': `application/x-amz-json-${version}`, 'X-Amz-Target': `${prefix}.${operation}` },
            body: JSON.stringify(body),
        });
        return JSON.parse((await response.text()) || '{}');
    }

    async query(service, action, parameters) {
        const response = await this.call(service, 'POST', '/', {
            headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
            body: form({ Action: action, Version: QUERY_SERVICES[service], ...parameters }),
        });
        return response.text();
    }

    s3(method, target, options) {
        return this.call('s3', method, target, options);
    }
}
for (const service of Object.keys(JSON_SERVICES)) {
    AwsClient.prototype[service] = function call(operation, body = {}) {
        return this.json(service, operation, body);
    };
}
for (const service of Object.keys(QUERY_SERVICES)) {
    AwsClient.prototype[service] = function call(action, parameters = {}) {
        return this.query(service, action, parameters);
    };
}
