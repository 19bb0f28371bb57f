// A mail server on the loopback interface that takes what it is sent, or misbehaves on purpose.
//
//     const mail = await MailServer.start();
//     … MYPOS_SMTP_URL: mail.url …
//     const message = await mail.next();          // parsed: {from, to, subject, text, html, …, raw, envelope}
//     mail.answer = () => ({ code: 451, text: 'Later' });   // what the next message is answered; null: taken
//     await mail.stop();
import { once } from 'node:events';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { WITHIN_MS } from './wait.mjs';

export class MailServer {
    messages = [];
    logins = [];
    connections = 0;
    answer = () => null;
    #taken = 0;
    #waiting = [];

    /** port: 0 for a free one; the rest are options of smtp-server (secure, key, cert, onAuth …). */
    static async start({ port = 0, ...options } = {}) {
        const mail = new MailServer();
        mail.server = new SMTPServer({
            authOptional: true,
            disabledCommands: options.key ? [] : ['STARTTLS', 'AUTH'],
            logger: false,
            onConnect: (session, done) => {
                mail.connections += 1;
                done();
            },
            onAuth: (auth, session, done) => {
                mail.logins.push({ username: auth.username, password: auth.password, secure: session.secure });
                done(null, { user: auth.username });
            },
            onData: (stream, session, done) => mail.#receive(stream, session, done),
            ...options,
        });
        mail.server.on('error', () => {}); // a client that goes away
        mail.server.listen(port, '127.0.0.1');
        await once(mail.server.server, 'listening');
        mail.port = mail.server.server.address().port;
        mail.url = `${options.secure ? 'smtps' : 'smtp'}://127.0.0.1:${mail.port}`;
        return mail;
    }

    async #receive(stream, session, done) {
        const chunks = [];
        for await (const chunk of stream) {
            chunks.push(chunk);
        }
        const raw = Buffer.concat(chunks);
        const refusal = await this.answer(session);
        if (refusal) {
            done(Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
            return;
        }
        const envelope = { from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map((to) => to.address) };
        const { secure, hostNameAppearsAs: client } = session;
        this.messages.push({ ...(await PostalMime.parse(raw)), raw: raw.toString(), envelope, secure, client });
        done();
        this.#waiting.splice(0).forEach((resolve) => resolve());
    }

    /** The next message that was taken and not yet given. */
    async next() {
        const until = Date.now() + WITHIN_MS;
        while (this.messages.length <= this.#taken) {
            const left = until - Date.now();
            if (left <= 0) {
                throw new Error('no mail came');
            }
            await new Promise((resolve) => {
                this.#waiting.push(resolve);
                setTimeout(resolve, left).unref();
            });
        }
        this.#taken += 1;
        return this.messages[this.#taken - 1];
    }

    async stop() {
        for (const connection of this.server.connections) {
            connection._socket?.destroy();
        }
        await new Promise((resolve) => { this.server.close(resolve); });
    }
}
