// A name server on the loopback interface (RFC 1035, over UDP), as much of one as a test of webhooks needs.
//
//     const names = await NameServer.start();
//     names.answer = (name) => ['192.0.2.1'];  // IPv4 addresses; [] there are none; null: it never answers
//     … MYPOS_WEBHOOK_DNS: names.address …
//     names.asked                              // the names that were asked for, a name once for each type
//     await names.stop();
import dgram from 'node:dgram';
import { once } from 'node:events';

const A = 1;
const ANSWER_RECURSION = 0x8180; // a response; recursion was desired, and is available
const POINTER_TO_QUESTION = 0xc00c;

function readQuestion(packet) {
    const labels = [];
    let at = 12;
    while (packet[at] !== 0) {
        labels.push(packet.subarray(at + 1, at + 1 + packet[at]).toString());
        at += 1 + packet[at];
    }
    return { name: labels.join('.'), type: packet.readUInt16BE(at + 1), end: at + 5 };
}

function writeAnswer(packet, { type, end }, addresses) {
    const head = Buffer.from(packet.subarray(0, end)); // with the question
    const given = type === A ? addresses : [];
    head.writeUInt16BE(ANSWER_RECURSION, 2);
    [1, given.length, 0, 0].forEach((count, i) => head.writeUInt16BE(count, 4 + 2 * i));
    const records = given.map((address) => {
        const record = Buffer.alloc(16);
        record.writeUInt16BE(POINTER_TO_QUESTION, 0);
        record.writeUInt16BE(A, 2);
        record.writeUInt16BE(1, 4); // the Internet
        record.writeUInt32BE(0, 6); // not to be kept
        record.writeUInt16BE(4, 10);
        Buffer.from(address.split('.').map(Number)).copy(record, 12);
        return record;
    });
    return Buffer.concat([head, ...records]);
}

export class NameServer {
    asked = [];
    answer = () => [];

    static async start() {
        const server = new NameServer();
        server.socket = dgram.createSocket('udp4', (packet, from) => server.#receive(packet, from));
        server.socket.bind(0, '127.0.0.1');
        await once(server.socket, 'listening');
        server.address = `127.0.0.1:${server.socket.address().port}`;
        return server;
    }

    #receive(packet, from) {
        const question = readQuestion(packet);
        this.asked.push(question.name);
        const addresses = this.answer(question.name);
        if (addresses !== null) {
            this.socket.send(writeAnswer(packet, question, addresses), from.port, from.address);
        }
    }

    async stop() {
        this.socket.close();
        await once(this.socket, 'close');
    }
}
