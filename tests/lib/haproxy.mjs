// HAProxy before several servers, from the example that is shipped (packaging/haproxy/haproxy.cfg).
//
//     const balancer = await startHaproxy([a.port, b.port]);
//     … balancer.url …               each answer says in X-Served-By which server gave it: mypos1, mypos2 …
//     await balancer.stop();
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { Service } from './process.mjs';

const EXAMPLE = path.join(ROOT, 'packaging/haproxy/haproxy.cfg');

/** Replaces one part of the example, which must be there. */
function replaced(text, part, by) {
    if (!part.test(text)) {
        throw new Error(`${EXAMPLE} has no ${part}`);
    }
    return text.replace(part, by);
}

export async function startHaproxy(ports) {
    const directory = await mkdtemp(path.join(tmpdir(), 'mypos-haproxy-'));
    const file = path.join(directory, 'haproxy.cfg');
    const example = await readFile(EXAMPLE, 'utf8');
    const servers = ports.map((port, i) => `    server mypos${i + 1} 127.0.0.1:${port} check`).join('\n');
    const shared = replaced(example, /^ {4}server mypos1 .*$/m, servers);
    const service = await Service.start({
        name: 'HAProxy',
        command(port) {
            const text = replaced(shared, /^ {4}bind :8000$/m, `    bind 127.0.0.1:${port}\n    http-response set-header X-Served-By %s`);
            return ['sh', '-c', `cat >'${file}' <<'END'\n${text}\nEND\nexec haproxy -db -f '${file}'`];
        },
        async answers(url) {
            const { status } = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
            if (status !== 200) {
                throw new Error(`it answers ${status}`);
            }
        },
    });
    const stop = service.stop.bind(service);
    service.stop = async () => {
        await stop();
        await rm(directory, { recursive: true, force: true });
    };
    return service;
}
