// A proxy before moto that lets listings of buckets pass: moto checks the signature of a query as it was decoded, so
// that no request with a %2F in its query is good. Such a request is checked here, and signed again as moto reads it.
//
//     const proxy = await MotoProxy.before(moto.url, secretAccessKey);
import { createHash, createHmac } from 'node:crypto';
import { FaultProxy } from './fault-proxy.mjs';

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

// Signature Version 4 of a request with a header; `query` as it is to be signed.
function signatureOf({ method, url, headers }, body, secret, query = url.split('?')[1] ?? '') {
    const [, day, region, service, signed] = AUTHORIZATION.exec(headers.authorization) ?? [];
    const canonical = [
        method, url.split('?')[0], query.split('&').sort().join('&'),
        ...signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}`), '', signed,
        headers['x-amz-content-sha256'] ?? sha256(body),
    ].join('\n');
    const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
    return hmac([day, region, service, 'aws4_request'].reduce(hmac, `AWS4${secret}`), toSign).toString('hex');
}

export const signatureIsGood = (request, body, secret) => AUTHORIZATION.exec(request.headers.authorization)?.[5] === signatureOf(request, body, secret);

export class MotoProxy extends FaultProxy {
    static async before(target, secret) {
        const proxy = Object.assign(new MotoProxy(), { target: new URL(target), port: 0, secretOf: () => secret });
        await proxy.up();
        return proxy;
    }

    async carryOut(call, request, body) {
        const { authorization } = request.headers;
        const [, query = ''] = request.url.split('?');
        if (!query.includes('%') || !AUTHORIZATION.test(authorization ?? '') || !signatureIsGood(request, body, this.secretOf())) {
            return super.carryOut(call, request, body);
        }
        const signature = signatureOf(request, body, this.secretOf(), decodeURIComponent(query));
        const headers = { ...request.headers, authorization: authorization.replace(/[0-9a-f]{64}$/, signature) };
        return super.carryOut(call, { ...request, headers }, body);
    }
}
