// A certificate for localhost, 127.0.0.1 and webhooks.shop.test, signed by itself, in a directory of its own.
//
//     const { key, cert, remove } = makeCertificate();     // paths of PEM files
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export function makeCertificate() {
    const directory = mkdtempSync(path.join(tmpdir(), 'mypos-certificate-'));
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(directory, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
        '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:webhooks.shop.test'], { stdio: 'ignore' });
    return { key, cert, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
