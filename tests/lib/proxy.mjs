// An HTTP proxy before one service, on a free port of the loopback interface. Subclasses say what a request is
// answered with.
//
//     const proxy = await Proxy.start(url);
//     … proxy.url …
//     await proxy.down();             // nobody listens any more; up() again
//     await proxy.stop();
//
// Signatures stay good: they are over the Host header, which is passed on as it came.
import http from 'node:http';
import { once } from 'node:events';

export class Proxy {
    port = 0;
    #agent = new http.Agent({ keepAlive: true });
    #sockets = new Set();

    constructor(target) {
        this.target = new URL(target);
    }

    static async start(...args) {
        const proxy = new this(...args);
        await proxy.up();
        return proxy;
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    async up() {
        this.server = http.createServer((request, response) => {
            this.#serve(request, response).catch(() => response.destroy());
        });
        this.server.on('connection', (socket) => {
            this.#sockets.add(socket);
            socket.unref();
            socket.on('close', () => this.#sockets.delete(socket));
        });
        this.server.listen(this.port, '127.0.0.1').unref();
        await once(this.server, 'listening');
        this.port = this.server.address().port;
    }

    async down() {
        const closed = once(this.server, 'close');
        this.server.close();
        this.#sockets.forEach((socket) => socket.destroy());
        await closed;
    }

    async stop() {
        if (this.server.listening) {
            await this.down();
        }
        this.#agent.destroy();
    }

    async #serve(incoming, response) {
        const chunks = [];
        for await (const chunk of incoming) {
            chunks.push(chunk);
        }
        const { method, url, headers } = incoming;
        const answer = await this.answer({ method, url, headers }, Buffer.concat(chunks));
        if (!answer) {
            incoming.socket.destroy();
            return;
        }
        // What HEAD is answered with tells the length of what GET would be.
        const length = method === 'HEAD' ? {} : { 'content-length': answer.bytes.length };
        response.writeHead(answer.status, { ...answer.headers, ...length });
        response.end(answer.bytes);
    }

    /** What a request {method, url, headers} is answered with: {status, headers, bytes}; null breaks the connection. */
    answer(request, body) {
        return this.ask(request, body);
    }

    /** Asks the service itself. */
    ask({ method, url, headers }, body) {
        return new Promise((resolve, reject) => {
            const { hostname: host, port } = this.target;
            const onward = http.request({ host, port, method, path: url, headers, agent: this.#agent, setHost: false });
            onward.on('error', reject);
            onward.on('response', async (answer) => {
                try {
                    const chunks = [];
                    for await (const chunk of answer) {
                        chunks.push(chunk);
                    }
                    const { 'transfer-encoding': chunked, connection, ...rest } = answer.headers;
                    resolve({ status: answer.statusCode, headers: rest, bytes: Buffer.concat(chunks) });
                } catch (failure) {
                    reject(failure);
                }
            });
            onward.end(body);
        });
    }
}
