// What stands before moto and answers as AWS does where moto does not:
// - a presigned address of S3. moto reads signatures in headers alone, so the address is checked here and asked for
//   with a header; what is wrong with it is said as S3 says it;
// - a query with a %2F in it, as a listing of a bucket has: moto checks the signature of a query as its web server
//   decoded it. Such a request is checked here, and signed again as moto reads it.
// Whose secret is which, it learns from the answers of IAM and STS that pass through it.
//
//     const proxy = await MotoProxy.start(url);
import { createHash, createHmac } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { element } from './aws-client.mjs';
import { Proxy } from './proxy.mjs';

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const OF_A_SIGNATURE = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'].map((name) => `X-Amz-${name}`);
const EXPIRES_MAX_S = 604_800;
const SKEW_MS = 900_000;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

// Signature Version 4 of a request with a header; `query` as it is to be signed.
function signatureOf({ method, url, headers }, body, secret, query = url.split('?')[1] ?? '') {
    const [, , day, region, service, signed] = AUTHORIZATION.exec(headers.authorization) ?? [];
    const canonical = [
        method, url.split('?')[0], query.split('&').sort().join('&'),
        ...signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}`), '', signed,
        headers['x-amz-content-sha256'] ?? sha256(body),
    ].join('\n');
    const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
    return hmac([day, region, service, 'aws4_request'].reduce(hmac, `AWS4${secret}`), toSign).toString('hex');
}

export const signatureIsGood = (request, body, secret) => AUTHORIZATION.exec(request.headers.authorization)?.[6] === signatureOf(request, body, secret);

// As moto's web server decodes a query: all but blanks, control characters and what has a meaning there.
const decoded = (query) => query.replace(/(?:%[0-9A-F]{2})+/g, (run) => decodeURIComponent(run).replace(/[\x00-\x20\x7f%&=+#]/g, encodeURIComponent));

/** S3's refusal. */
function refusal(status, code, message, more = {}) {
    const elements = Object.entries({ Code: code, Message: message, ...more }).map(([name, text]) => `<${name}>${text}</${name}>`);
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements.join('')}</Error>`;
    return { status, headers: { 'content-type': 'application/xml' }, bytes: Buffer.from(text) };
}

// 20261123T034500Z
const timeOf = (date) => Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** A refusal when an address is not good at this time. */
function refusalOfTime(query) {
    const [signedAt, seconds] = [timeOf(query.get('X-Amz-Date')), Number(query.get('X-Amz-Expires'))];
    if (Number.isNaN(signedAt) || !(seconds > 0 && seconds <= EXPIRES_MAX_S)) {
        return refusal(400, 'AuthorizationQueryParametersError', `X-Amz-Date is a time, and X-Amz-Expires is between 1 and ${EXPIRES_MAX_S}`);
    }
    if (Date.now() < signedAt - SKEW_MS) {
        return refusal(403, 'AccessDenied', 'Request is not yet valid');
    }
    if (Date.now() > signedAt + seconds * 1000) {
        const more = { 'X-Amz-Expires': seconds, Expires: new Date(signedAt + seconds * 1000).toISOString(), ServerTime: new Date().toISOString() };
        return refusal(403, 'AccessDenied', 'Request has expired', more);
    }
    return null;
}

export class MotoProxy extends Proxy {
    #secrets = new Map(); // of an access key: {secretAccessKey, sessionToken}

    async answer(request, body) {
        const { refused, asked = request } = await this.#withHeader(request);
        if (refused) {
            return refused;
        }
        const answer = await this.ask(this.#asMotoReads(asked, body), body);
        this.#learn(request, answer);
        return answer;
    }

    #learn({ method, headers }, { status, bytes }) {
        if (method !== 'POST' || status !== 200 || !/form-urlencoded/.test(headers['content-type'] ?? '')) {
            return;
        }
        const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) => element(String(bytes), name));
        if (secretAccessKey) {
            this.#secrets.set(accessKeyId, { accessKeyId, secretAccessKey, sessionToken });
        }
    }

    /** A request whose signature is in its query, as {asked}, with a header in its stead; or {refused}. */
    async #withHeader(request) {
        const { method, url, headers } = request;
        const address = new URL(url, `http://${headers.host}`);
        const query = new URLSearchParams(address.search);
        if (!query.has('X-Amz-Signature')) {
            return {};
        }
        const lacking = OF_A_SIGNATURE.filter((name) => !query.get(name));
        if (lacking.length > 0) {
            return { refused: refusal(400, 'AuthorizationQueryParametersError', `The address lacks ${lacking.join(', ')}`) };
        }
        const refused = refusalOfTime(query);
        if (refused) {
            return { refused };
        }
        const [key, , region, service] = query.get('X-Amz-Credential').split('/');
        const credentials = this.#secrets.get(key);
        if (!credentials) {
            return { refused: refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.') };
        }
        if (credentials.sessionToken !== (query.get('X-Amz-Security-Token') ?? undefined)) {
            return { refused: refusal(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.') };
        }
        const signed = query.get('X-Amz-SignedHeaders').split(';').filter((name) => name !== 'host');
        ['Signature', 'Credential', 'SignedHeaders', 'Algorithm', 'Security-Token'].forEach((name) => address.searchParams.delete(`X-Amz-${name}`));
        const common = { method, region, service, ...credentials };
        const again = await new AwsV4Signer({
            ...common, url: address.href, datetime: query.get('X-Amz-Date'), signQuery: true, allHeaders: true,
            headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
        }).sign();
        if (again.url.searchParams.get('X-Amz-Signature') !== query.get('X-Amz-Signature')) {
            return { refused: refusal(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided. Check your key and signing method.') };
        }
        ['Date', 'Expires'].forEach((name) => address.searchParams.delete(`X-Amz-${name}`));
        const anew = await new AwsV4Signer({ ...common, url: address.href }).sign();
        const rest = anew.url.search.replaceAll('+', '%20'); // as it was signed
        return { asked: { method, url: anew.url.pathname + rest, headers: { ...headers, ...Object.fromEntries(anew.headers) } } };
    }

    #asMotoReads(request, body) {
        const { authorization } = request.headers;
        const [, query = ''] = request.url.split('?');
        const secret = this.#secrets.get(AUTHORIZATION.exec(authorization ?? '')?.[1])?.secretAccessKey;
        if (!query.includes('%') || !secret || !signatureIsGood(request, body, secret)) {
            return request;
        }
        const signature = signatureOf(request, body, secret, decoded(query));
        return { ...request, headers: { ...request.headers, authorization: authorization.replace(/[0-9a-f]{64}$/, signature) } };
    }
}
