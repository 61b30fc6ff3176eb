// Drives a server with ImapFlow and compares every message with its file.
//
// Arguments: CA file, port of IMAP, port of IMAP over TLS, user, password, a directory with messages to
// append, and one to write what is read.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ImapFlow } from 'imapflow';

const [ca, port, tlsPort, user, pass, source, target] = process.argv.slice(2);
const names = fs.readdirSync(source).sort();
const messages = new Map(names.map(name => [name, fs.readFileSync(path.join(source, name))]));
const date = new Date('2026-03-03T09:00:00Z');
const sessions = [];

/** Logs in; what differs from the usual is said by options. */
async function connect(options = {}) {
    const client = new ImapFlow({
        host: 'localhost',
        port: Number(options.secure === false ? port : tlsPort),
        secure: true,
        tls: { ca: fs.readFileSync(ca) },
        auth: { user, pass },
        clientInfo: { name: 'e2e', version: '1' },
        logger: false,
        disableAutoIdle: true,
        ...options
    });
    client.faults = [];
    client.on('error', err => client.faults.push(err));
    await client.connect();
    sessions.push(client);
    return client;
}

/** Waits for an event of a client; the promise is made before what causes it. */
function soon(client, event) {
    return once(client, event, { signal: AbortSignal.timeout(60_000) }).then(([data]) => data);
}

async function logins() {
    await assert.rejects(connect({ auth: { user, pass: 'wrong' } }), err => err.authenticationFailed === true);
    await assert.rejects(connect({ secure: false, doSTARTTLS: false }), 'a login without TLS');
    for (const loginMethod of ['LOGIN', 'AUTH=PLAIN']) {
        const client = await connect({ secure: false, doSTARTTLS: true, auth: { user, pass, loginMethod } });
        assert.ok(client.serverInfo.name, 'ID');
        await client.logout();
    }
}

async function folders(client) {
    await client.mailboxCreate('Reisen');
    const created = await client.mailboxCreate(['Reisen', 'Größe & Co']);
    assert.equal(created.created, true);
    assert.equal((await client.mailboxCreate('Reisen/Größe & Co')).created, false);
    await client.mailboxRename('Reisen', 'Journeys');
    await client.mailboxUnsubscribe('Journeys');
    let list = await client.list({ statusQuery: { messages: true, unseen: true, uidNext: true } });
    let journeys = list.find(box => box.path === 'Journeys');
    assert.ok(!journeys.subscribed);
    await client.mailboxSubscribe('Journeys');
    list = await client.list();
    assert.equal(list.find(box => box.path === 'Journeys').subscribed, true);
    assert.ok(list.find(box => box.path === 'Journeys/Größe & Co' && box.delimiter === '/' && box.parent[0] === 'Journeys'));
    assert.ok(list.find(box => box.specialUse === '\\Inbox'));
    assert.ok(list.find(box => box.specialUse === '\\Trash' && box.specialUseSource === 'extension'), 'SPECIAL-USE');
    const tree = await client.listTree();
    assert.equal(tree.folders.find(box => box.path === 'Journeys').folders.length, 1);
    await client.mailboxDelete('Journeys/Größe & Co');
    await assert.rejects(client.mailboxDelete('Journeys/Größe & Co'));
    await assert.rejects(client.mailboxOpen('nowhere'));
    const quota = await client.getQuota('INBOX');
    assert.ok(quota === false || quota.path === 'INBOX');
}

async function appends(client) {
    const uids = [];
    for (const [i, name] of names.entries()) {
        const flags = i % 3 === 0 ? ['\\Seen'] : i % 5 === 0 ? ['\\Flagged', '$Forwarded'] : [];
        const appended = await client.append('Journeys', messages.get(name), flags, date);
        assert.ok(appended.uid > (uids.at(-1) ?? 0), 'APPENDUID');
        uids.push(appended.uid);
    }
    await assert.rejects(client.append('nowhere', 'Subject: x\r\n\r\n'), err => err.serverResponseCode === 'TRYCREATE');
    const status = await client.status('Journeys', { messages: true, unseen: true, uidNext: true, highestModseq: true, size: true });
    assert.equal(status.messages, names.length);
    assert.equal(status.unseen, names.filter((_, i) => i % 3).length);
    assert.equal(status.uidNext, uids.at(-1) + 1);
    assert.equal(status.size, names.reduce((sum, name) => sum + messages.get(name).length, 0));
    return uids;
}

async function reads(client, uids) {
    const box = await client.mailboxOpen('Journeys', { readOnly: true });
    assert.equal(box.exists, names.length);
    assert.equal(box.readOnly, true);
    const seen = new Set();
    const query = { uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true, source: true, threadId: true, labels: false };
    for await (const message of client.fetch('1:*', query)) {
        const name = names[message.seq - 1];
        const raw = messages.get(name);
        assert.ok(raw.equals(message.source), `${name}: ${message.source.length} bytes, want ${raw.length}`);
        assert.equal(message.uid, uids[message.seq - 1]);
        assert.equal(message.size, raw.length);
        assert.equal(message.internalDate.getTime(), date.getTime());
        assert.equal(message.flags.has('\\Seen'), (message.seq - 1) % 3 === 0);
        if (raw.includes(`\r\nSubject: ${name}\r\n`)) {
            assert.equal(message.envelope.subject, name);
            assert.equal(message.envelope.messageId, `<${name}@letters.example.net>`);
        }
        assert.ok(message.bodyStructure.type, name);
        if (client.capabilities.has('OBJECTID')) {
            assert.ok(message.emailId && message.threadId, 'OBJECTID');
        }
        fs.writeFileSync(path.join(target, name), message.source);
        seen.add(message.uid);
    }
    assert.equal(seen.size, names.length);
    for (let i = 0; i < names.length; i += 5) {
        await checkDownload(client, names[i], uids[i]);
    }
    await client.mailboxClose();
}

/** Streams a message in chunks, and the parts that are base64. */
async function checkDownload(client, name, uid) {
    const whole = await client.download(String(uid), undefined, { uid: true, chunkSize: 50_000 });
    const content = await buffer(whole.content);
    assert.ok(messages.get(name).equals(content), `download of ${name}: ${content.length} bytes`);
    const { bodyStructure } = await client.fetchOne(String(uid), { bodyStructure: true }, { uid: true });
    for (const part of (bodyStructure.childNodes ?? []).filter(node => node.encoding === 'base64')) {
        const file = await client.download(String(uid), part.part, { uid: true });
        const raw = await client.fetchOne(String(uid), { bodyParts: [part.part] }, { uid: true });
        const encoded = raw.bodyParts.get(part.part);
        assert.equal(encoded.length, part.size, `size of part ${part.part} of ${name}`);
        if (name.startsWith('flow-') || name.startsWith('huge-')) {
            assert.ok(messages.get(name).includes(encoded), `part ${part.part} of ${name}`);
            assert.ok(Buffer.from(encoded.toString(), 'base64').equals(await buffer(file.content)), `content of part ${part.part} of ${name}`);
        } else {
            await buffer(file.content);
        }
    }
}

async function searches(client, uids) {
    await client.mailboxOpen('Journeys');
    const where = test => uids.filter((_, i) => test(names[i], messages.get(names[i]), i));
    const find = query => client.search(query, { uid: true });
    assert.deepEqual(await find({ all: true }), uids);
    assert.deepEqual(await find({ seen: true }), where((name, raw, i) => i % 3 === 0));
    assert.deepEqual(await find({ keyword: '$Forwarded' }), where((name, raw, i) => i % 3 && i % 5 === 0));
    assert.deepEqual(await find({ larger: 5000 }), where((name, raw) => raw.length > 5000));
    assert.deepEqual(await find({ before: new Date('2026-03-01') }), []);
    assert.deepEqual(await find({ subject: '-attachment', from: 'sender@example.net', not: { larger: 1_000_000 } }),
        where((name, raw) => name.startsWith('flow-') && name.includes('attachment') && raw.length <= 1_000_000));
    assert.deepEqual(await find({ header: { 'message-id': `<${names.find(name => name.endsWith('-plain'))}@letters.example.net>` } }),
        where(name => name === names.find(name => name.endsWith('-plain'))));
    assert.deepEqual(await find({ or: [{ seen: true }, { smaller: 300 }] }), where((name, raw, i) => i % 3 === 0 || raw.length < 300));
    const bodies = await find({ body: 'Grüße aus Århus', subject: 'flow-' });
    assert.deepEqual(bodies, where((name, raw) => name.endsWith('-8bit')));
    const counted = await client.search({ seen: true }, { uid: true, returnOptions: ['MIN', 'MAX', 'COUNT'] });
    const seen = where((name, raw, i) => i % 3 === 0);
    assert.deepEqual([counted.min, counted.max, counted.count], [seen[0], seen.at(-1), seen.length], 'ESEARCH');
}

async function changes(client, uids) {
    await client.mailboxCreate('Copies');
    const first = uids.slice(0, 10), next = uids.slice(10, 15);
    const copied = await client.messageCopy(first, 'Copies', { uid: true });
    assert.deepEqual([...copied.uidMap.keys()], first, 'COPYUID');
    const gone = [];
    client.on('expunge', event => gone.push(event));
    const moved = await client.messageMove(next, 'Copies', { uid: true });
    assert.deepEqual([...moved.uidMap.keys()], next, 'MOVE');
    assert.equal(gone.length, next.length);
    assert.equal(client.mailbox.exists, names.length - next.length);
    assert.ok(await client.messageFlagsAdd([first[0]], ['\\Answered', 'custom'], { uid: true }));
    assert.ok(await client.messageFlagsRemove([first[0]], ['custom'], { uid: true }));
    assert.ok(await client.messageFlagsSet([first[1]], ['\\Draft'], { uid: true }));
    assert.ok(await client.setFlagColor([first[2]], 'blue', { uid: true }));
    const flags = uid => client.fetchOne(String(uid), { flags: true, flagColor: true }, { uid: true });
    const one = await flags(first[0]);
    assert.ok(one.flags.has('\\Answered') && !one.flags.has('custom'));
    assert.deepEqual([...(await flags(first[1])).flags].filter(flag => flag !== '\\Recent'), ['\\Draft']);
    assert.equal((await flags(first[2])).flagColor, 'blue');
    assert.ok(await client.messageDelete([first[3]], { uid: true }));
    assert.equal(await client.fetchOne(String(first[3]), { flags: true }, { uid: true }), false);

    await client.mailboxOpen('Copies');
    const copies = await client.fetchAll('1:*', { source: true });
    assert.equal(copies.length, 15);
    copies.forEach((copy, i) => assert.ok(messages.get(names[i]).equals(copy.source), `copy of ${names[i]}`));
}

/** CONDSTORE: only what changed is fetched, and a store on a newer message is refused. */
async function conditional(client) {
    const box = await client.mailboxOpen('Copies');
    assert.ok(box.highestModseq > 0n);
    const before = box.highestModseq;
    await client.messageFlagsAdd('2', ['\\Flagged'], { uid: false });
    const changed = await client.fetchAll('1:*', { uid: true, flags: true }, { changedSince: before });
    assert.deepEqual(changed.map(message => message.seq), [2], 'CHANGEDSINCE');
    assert.ok(changed[0].modseq > before);
    await client.messageFlagsAdd('2', ['later'], { unchangedSince: before });
    const [two] = await client.fetchAll('2', { flags: true });
    assert.ok(!two.flags.has('later'), 'UNCHANGEDSINCE');
}

/** IDLE: what another session does is told at once. */
async function idles(client, other) {
    await client.mailboxOpen('Copies');
    const text = 'Subject: wake up\r\n\r\nnow\r\n';
    client.idle();
    for (let i = 0; i < 3; i++) {
        const arrival = soon(client, 'exists');
        await other.append('Copies', text);
        assert.equal((await arrival).count, 16 + i);
    }
    await other.mailboxOpen('Copies');
    const change = soon(client, 'flags');
    await other.messageFlagsAdd('16', ['\\Flagged']);
    assert.ok((await change).flags.has('\\Flagged'));
    const removal = soon(client, 'expunge');
    await other.messageDelete('17');
    assert.equal((await removal).seq, 17);
    await client.noop();
    assert.equal(client.mailbox.exists, 17);
}

/** QRESYNC: a mailbox opened again tells what went and what changed meanwhile, by UID. */
async function resyncs(other) {
    let client = await connect({ qresync: true });
    assert.ok(client.enabled.has('QRESYNC'));
    const before = await client.mailboxOpen('Copies');
    const uids = (await client.fetchAll('1:*', { uid: true })).map(message => message.uid);
    await client.logout();

    await other.messageDelete(uids.slice(2, 5), { uid: true });
    await other.messageFlagsAdd([uids[0], uids[9]], ['resynced'], { uid: true });
    const { uid: added } = await other.append('Copies', 'Subject: new\r\n\r\n');

    client = await connect({ qresync: true });
    const vanished = [], changed = [];
    client.on('expunge', event => vanished.push(event));
    client.on('flags', event => changed.push(event));
    const box = await client.mailboxOpen('Copies', { uidValidity: before.uidValidity, changedSince: before.highestModseq });
    assert.equal(box.qresync, true);
    assert.deepEqual(vanished.map(event => event.uid).sort((a, b) => a - b), uids.slice(2, 5));
    assert.ok(vanished.every(event => event.vanished && event.earlier));
    assert.deepEqual(changed.map(event => event.uid).sort((a, b) => a - b), [uids[0], uids[9], added].sort((a, b) => a - b));

    const removal = soon(client, 'expunge');
    client.idle();
    await other.messageDelete([uids[6]], { uid: true });
    assert.equal((await removal).uid, uids[6]);
    await client.logout();
}

await logins();
const client = await connect();
const other = await connect({ disableCompression: true });
assert.ok(client.capabilities.has('COMPRESS=DEFLATE') === false || client._deflate, 'COMPRESS');
assert.ok(client.enabled.has('CONDSTORE'));
await folders(client);
const uids = await appends(client);
await reads(client, uids);
await reads(other, uids);
await searches(client, uids);
await changes(client, uids);
await conditional(client);
await idles(client, other);
await resyncs(other);
await client.logout();
await other.logout();
for (const session of sessions) {
    assert.deepEqual(session.faults, []);
}
console.log(`${names.length} messages; enabled: ${[...client.enabled].join(' ')}`);
