// A receipt printer of text: reads ESC/POS bytes and answers what would stand on the paper. An unknown command
// throws, so that nothing passes as text that is none.
import assert from 'node:assert/strict';

// What the tests print beside ASCII, by the number of ESC t: PC437, PC850, WPC1252, PC858.
const PC850 = { 0x81: 'ü', 0x82: 'é', 0x84: 'ä', 0x94: 'ö', 0x9a: 'Ü', 0x9e: '×', 0xe1: 'ß' };
const WPC1252 = { 0x80: '€', 0x85: '…', 0x96: '–', 0x97: '—' }; // else as ISO 8859-1
const PAGES = { 0: { ...PC850, 0x9e: '₧' }, 2: PC850, 16: WPC1252, 19: { ...PC850, 0xd5: '€' } };
const letterOf = (byte, page) => PAGES[page]?.[byte] ?? (page === 16 && byte >= 0xa0 ? String.fromCharCode(byte) : null);

// Bytes that follow a command.
const LENGTHS = { '\x1b@': 0, '\x1bR': 1, '\x1bt': 1, '\x1bE': 1, '\x1ba': 1, '\x1bp': 3, '\x1d!': 1, '\x1dh': 1, '\x1dw': 1,
    '\x1dH': 1, '\x1df': 1, '\x1dV': 2 };

/** {lines: [{text, columns}], commands: [names in order], barcode, qr, image: {width, height}}. */
export function printEscpos(bytes) {
    const paper = { lines: [], commands: [], barcode: null, qr: null, image: null };
    let line = { text: '', columns: 0 };
    let page = 0;
    let width = 1;
    let at = 0;
    const take = (count) => {
        assert.ok(at + count <= bytes.length, 'a command is cut off');
        at += count;
        return bytes.subarray(at - count, at);
    };
    while (at < bytes.length) {
        const [byte] = take(1);
        if (byte === 0x0a) {
            paper.lines.push(line);
            line = { text: '', columns: 0 };
        } else if (byte !== 0x1b && byte !== 0x1d) {
            assert.ok(byte >= 0x20 && byte !== 0x7f, `the control character ${byte}`);
            const letter = byte < 0x80 ? String.fromCharCode(byte) : letterOf(byte, page);
            assert.ok(letter, `the byte 0x${byte.toString(16)} of page ${page}`);
            line = { text: line.text + letter, columns: line.columns + width };
        } else {
            const name = String.fromCharCode(byte, take(1)[0]);
            paper.commands.push(name.replace('\x1b', 'ESC ').replace('\x1d', 'GS '));
            if (name === '\x1dk') {
                const [kind, length] = take(2);
                assert.equal(kind, 73, 'CODE128');
                paper.barcode = take(length);
            } else if (name === '\x1d(') {
                const [, low, high] = take(3);
                const data = take(low + 256 * high);
                paper.qr = data[1] === 0x50 ? data.subarray(3).toString() : paper.qr;
            } else if (name === '\x1dv') {
                const [, , xl, xh, yl, yh] = take(6);
                paper.image = { width: 8 * (xl + 256 * xh), height: yl + 256 * yh };
                take((xl + 256 * xh) * paper.image.height);
            } else {
                assert.ok(name in LENGTHS, `the command ${JSON.stringify(name)}`);
                const [value] = take(LENGTHS[name]);
                page = name === '\x1bt' ? value : page;
                width = name === '\x1d!' ? 1 + (value >> 4) : width;
            }
        }
    }
    assert.equal(line.text, '', 'a line without its end');
    return paper;
}
