"""Uses every command that imaplib has, and compares every message with its file.

Arguments: CA file, port of IMAP, port of IMAP over TLS, user, password, another account, a directory with
messages to append, and one to write what is read.
"""

import hashlib
import imaplib
import os
import re
import ssl
import sys

imaplib.MapCRLF = re.compile(rb"(?!)")  # append would change line ends

ca, port, tls_port, user, password, other, source, target = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)

messages = {}
for name in sorted(os.listdir(source)):
    with open(os.path.join(source, name), "rb") as file:
        messages[name] = file.read()
names = list(messages)


def ok(answer):
    kind, data = answer
    assert kind == "OK", answer
    return data


def no(answer):
    assert answer[0] == "NO", answer


def refused(call, *args):
    try:
        call(*args)
    except imaplib.IMAP4.error:
        return
    raise AssertionError(f"{call} {args} was not refused")


def connect():
    imap = imaplib.IMAP4_SSL("localhost", int(tls_port), ssl_context=context, timeout=120)
    ok(imap.login(user, password))
    return imap


def literals(data):
    """FETCH answers as a dictionary: sequence number to the (text, literal) pairs' literals."""
    found = {}
    for item in data:
        if isinstance(item, tuple):
            found[int(item[0].split()[0])] = item[1]
    return found


def logins():
    imap = imaplib.IMAP4("localhost", int(port), timeout=120)
    assert "STARTTLS" in imap.capabilities and "LOGINDISABLED" in imap.capabilities, imap.capabilities
    refused(imap.login, user, password)
    ok(imap.starttls(context))
    assert "LOGINDISABLED" not in imap.capabilities and "STARTTLS" not in imap.capabilities, imap.capabilities
    assert "AUTH=PLAIN" in imap.capabilities, imap.capabilities
    refused(imap.login, user, "wrong")
    refused(imap.authenticate, "PLAIN", lambda challenge: None)  # a client that thinks better of it
    plain = b"\0" + user.encode() + b"\0" + password.encode()
    ok(imap.authenticate("PLAIN", lambda challenge: plain))
    ok(imap.noop())
    if "ID" in imap.capabilities:
        ok(imap.xatom("ID", '("name" "imaplib")'))
        assert b'"name"' in imap.response("ID")[1][0]
    assert imap.logout()[0] == "BYE"


def folders(imap):
    ok(imap.create("Projects"))
    ok(imap.create("Projects/Gr&APwA3w-e"))
    no(imap.create("Projects"))
    listed = b"\n".join(ok(imap.list()))
    for name in (b"INBOX", b"Projects", b"Projects/Gr&APwA3w-e"):
        assert re.search(rb'"/" "?' + re.escape(name) + rb'"?(\n|$)', listed), (name, listed)
    top = b"\n".join(ok(imap.list('""', "%")))
    assert b"Projects" in top and b"Projects/" not in top, top
    ok(imap.unsubscribe("Projects"))
    assert not re.search(rb'Projects"?(\n|$)', b"\n".join(d or b"" for d in ok(imap.lsub())))
    ok(imap.subscribe("Projects"))
    assert re.search(rb'Projects"?(\n|$)', b"\n".join(ok(imap.lsub())))
    ok(imap.rename("Projects", "Work"))
    listed = b"\n".join(ok(imap.list()))
    assert b"Projects" not in listed and b"Work/Gr&APwA3w-e" in listed, listed
    ok(imap.delete("Work/Gr&APwA3w-e"))
    no(imap.delete("Work/Gr&APwA3w-e"))
    no(imap.select("nowhere"))
    no(imap.delete("INBOX"))
    assert b"/" in ok(imap.namespace())[0]


def appends(imap):
    """Every message with flags and a date; APPENDUID names the one that is there."""
    date = '"13-Mar-2026 10:00:00 +0100"'
    validity = None
    for number, name in enumerate(names, 1):
        flags = r"(\Seen)" if number % 3 == 0 else r"(\Flagged $Forwarded)" if number % 5 == 0 else None
        data = ok(imap.append("Work", flags, date, messages[name]))
        code = re.search(rb"APPENDUID (\d+) (\d+)\]", data[0])
        assert code, data
        validity = validity or code[1]
        assert code[1] == validity, data
    no(imap.append("nowhere", None, date, messages[names[0]]))
    assert b"[TRYCREATE]" in imap.append("nowhere", None, date, messages[names[0]])[1][0]


def reads(imap):
    exists = int(ok(imap.select("Work", readonly=True))[0])
    assert exists == len(names), exists
    imap.recent()
    assert imap.response("UIDVALIDITY")[1][0].isdigit()
    assert imap.response("UIDNEXT")[1][0].isdigit()
    assert b"\\Answered" in imap.response("FLAGS")[1][0]
    whole = literals(ok(imap.fetch("1:*", "(RFC822.SIZE BODY.PEEK[])")))
    for number, name in enumerate(names, 1):
        assert whole[number] == messages[name], (name, len(whole[number]), len(messages[name]))
        with open(os.path.join(target, name), "wb") as file:
            file.write(whole[number])
    for number, name in enumerate(names, 1):
        raw = messages[name]
        size = ok(imap.fetch(str(number), "(RFC822.SIZE)"))[0]
        assert b"RFC822.SIZE %d" % len(raw) in size, (name, size)
        if number % 4 == 0:
            check_parts(imap, number, raw)
    assert b"13-Mar-2026 09:00:00 +0000" in ok(imap.fetch("1", "INTERNALDATE"))[0] or \
        b"13-Mar-2026 10:00:00 +0100" in ok(imap.fetch("1", "INTERNALDATE"))[0]
    imap.store("1", "+FLAGS", r"(\Deleted)")
    assert b"\\Deleted" not in ok(imap.fetch("1", "(FLAGS)"))[0]
    ok(imap.unselect())


def check_parts(imap, number, raw):
    """Header and text joined are the message, and so are its pieces."""
    pieces = []
    for section in ("HEADER", "TEXT"):
        pieces.append(literal_or_string(ok(imap.fetch(str(number), f"(BODY.PEEK[{section}])"))))
    assert b"".join(pieces) == raw, (number, pieces[0][-20:], pieces[1][:20])
    joined = b""
    step = max(1000, len(raw) // 3)
    for start in range(0, len(raw) + step, step):
        joined += literal_or_string(ok(imap.fetch(str(number), f"(BODY.PEEK[]<{start}.{step}>)")))
    assert joined == raw, number


def literal_or_string(data):
    if isinstance(data[0], tuple):
        return data[0][1]
    text = re.search(rb'\] ?(?:<\d+>)? (NIL|"(?:[^"\\]|\\.)*")', data[0]) or re.search(rb'(?:<\d+>)? (NIL|"(?:[^"\\]|\\.)*")\)$', data[0])
    assert text, data
    return b"" if text[1] == b"NIL" else re.sub(rb"\\(.)", rb"\1", text[1][1:-1])


def searches(imap):
    ok(imap.select("Work"))
    everything = [str(n).encode() for n in range(1, len(names) + 1)]
    assert ok(imap.search(None, "ALL"))[0].split() == everything
    subjects = [n for n, name in enumerate(names, 1) if ("Subject: " + name).encode() in messages[name]]
    middle = names[subjects[len(subjects) // 2] - 1]
    assert ok(imap.search(None, "SUBJECT", f'"{middle}"'))[0] == b"%d" % (names.index(middle) + 1)
    assert ok(imap.search("UTF-8", "SUBJECT", f'"{middle}"', "NOT", "DELETED"))[0] == b"%d" % (names.index(middle) + 1)
    seen = [n for n in range(1, len(names) + 1) if n % 3 == 0]
    assert [int(n) for n in ok(imap.search(None, "SEEN"))[0].split()] == seen
    forwarded = [n for n in range(1, len(names) + 1) if n % 3 and n % 5 == 0]
    assert [int(n) for n in ok(imap.search(None, "KEYWORD", "$Forwarded"))[0].split()] == forwarded
    large = [n for n, name in enumerate(names, 1) if len(messages[name]) > 5000]
    assert [int(n) for n in ok(imap.search(None, "LARGER", "5000"))[0].split()] == large
    assert ok(imap.search(None, "BEFORE", "1-Mar-2026"))[0].split() == []
    assert ok(imap.search(None, "ON", "13-Mar-2026"))[0].split() == everything
    refused(imap.search, None, "NONSENSE")
    imap.literal = "Århus".encode()
    with_body = [n for n, name in enumerate(names, 1) if "Grüße aus Århus".encode() in messages[name].partition(b"\r\n\r\n")[2]]
    found = [int(n) for n in ok(imap.uid("SEARCH", "CHARSET", "UTF-8", "BODY"))[0].split()]
    uids = [int(re.search(rb"UID (\d+)", line)[1]) for line in ok(imap.fetch("1:*", "(UID)"))]
    assert [uids.index(uid) + 1 for uid in found] == with_body, (found, with_body)
    if "SORT" in imap.capabilities:
        by_size = [int(n) for n in ok(imap.sort("(REVERSE SIZE)", "UTF-8", "ALL"))[0].split()]
        sizes = [len(messages[names[n - 1]]) for n in by_size]
        assert sizes == sorted(sizes, reverse=True), sizes
        ok(imap.uid("SORT", "(SUBJECT)", "UTF-8", "ALL"))
    if "THREAD=REFERENCES" in imap.capabilities:
        threads = ok(imap.thread("REFERENCES", "UTF-8", "ALL"))[0]
        assert sorted(int(n) for n in re.findall(rb"\d+", threads)) == [int(n) for n in everything]
    return uids


def changes(imap, uids):
    """Flags, copies, a partial expunge, and what STATUS says to all that."""
    data = ok(imap.store("2", "+FLAGS", r"(\Answered custom)"))
    assert b"\\Answered" in data[0] and b"custom" in data[0], data
    data = ok(imap.store("2", "FLAGS", r"(\Draft)"))
    assert b"\\Draft" in data[0] and b"custom" not in data[0], data
    ok(imap.store("2", "-FLAGS.SILENT", r"(\Draft)"))
    assert b"\\Draft" not in ok(imap.fetch("2", "(FLAGS)"))[0]
    ok(imap.create("Copies"))
    assert b"[COPYUID" in ok(imap.copy("1:10", "Copies"))[0]
    ok(imap.uid("COPY", f"{uids[10]}:{uids[14]}", "Copies"))
    no(imap.copy("1", "nowhere"))
    if "MOVE" in imap.capabilities:
        ok(imap.uid("MOVE", str(uids[-1]), "Copies"))
        assert imap.response("EXPUNGE")[1] == [b"%d" % len(uids)]
        assert imap.response("COPYUID")[1][-1] is not None
        del names[-1]
        ok(imap.select("Copies"))
        ok(imap.store("*", "+FLAGS.SILENT", r"(\Deleted)"))
        ok(imap.close())
        ok(imap.select("Work"))
    status = ok(imap.status("Copies", "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"))[0]
    assert b"MESSAGES 15" in status, status
    ok(imap.store("1,3,5", "+FLAGS", r"(\Deleted)"))
    ok(imap.uid("EXPUNGE", str(uids[2])))
    assert imap.response("EXPUNGE")[1] == [b"3"], "UID EXPUNGE"
    left = names[:2] + names[3:]
    for number in ok(imap.expunge()):
        del left[int(number) - 1]
    assert left == names[1:2] + names[3:4] + names[5:], "EXPUNGE"
    assert ok(imap.expunge()) == [None]
    whole = literals(ok(imap.fetch("1:*", "(BODY.PEEK[])")))
    assert [whole[n] for n in sorted(whole)] == [messages[name] for name in left]
    ok(imap.check())
    ok(imap.store("1", "+FLAGS", r"(\Deleted)"))
    ok(imap.close())
    assert int(ok(imap.select("Work"))[0]) == len(left) - 1
    copies = int(ok(imap.select("Copies"))[0])
    digests = {hashlib.sha256(messages[name]).digest() for name in names[:15]}
    whole = literals(ok(imap.fetch("1:*", "(BODY[])")))
    assert copies == 15 and {hashlib.sha256(raw).digest() for raw in whole.values()} == digests
    unseen = ok(imap.search(None, "UNSEEN"))[0]
    assert unseen == b"", unseen  # BODY[] without PEEK sets \Seen
    return len(left) - 1


def rights_and_quota(imap):
    if "ACL" in imap.capabilities:
        assert b"lrs" in ok(imap.myrights("Work"))[0]
        ok(imap.setacl("Work", other, "lrs"))
        assert other.encode() in b" ".join(ok(imap.getacl("Work")))
        ok(imap.deleteacl("Work", other))
        assert other.encode() not in b" ".join(ok(imap.getacl("Work")))
    if "QUOTA" in imap.capabilities:
        roots, quotas = ok(imap.getquotaroot("INBOX"))
        assert b"INBOX" in roots[0] and quotas is not None, (roots, quotas)
        root = roots[0].split()[-1].decode()
        if len(roots[0].split()) > 1:
            ok(imap.getquota(root))
        no(imap.setquota(root, "(STORAGE 1)"))  # the operator's business
    if "METADATA" in imap.capabilities:
        imaplib.Commands["GETMETADATA"] = ("AUTH", "SELECTED")
        imaplib.Commands["SETMETADATA"] = ("AUTH", "SELECTED")
        ok(imap._simple_command("SETMETADATA", "Work", '(/private/comment "of mine")'))
        ok(imap._simple_command("GETMETADATA", "Work", "/private/comment"))
        assert b"of mine" in b" ".join(imap._untagged_response("OK", [None], "METADATA")[1])


def utf8():
    """imaplib's enable("UTF8=ACCEPT") makes it write mailbox names in UTF-8."""
    imap = connect()
    if "UTF8=ACCEPT" in imap.capabilities or "IMAP4REV2" in imap.capabilities:
        ok(imap.enable("UTF8=ACCEPT"))
        ok(imap.create('"Größe"'))
        assert "Größe".encode() in b"\n".join(ok(imap.list()))
        ok(imap.select('"Größe"'))
        ok(imap.close())
        ok(imap.delete('"Größe"'))
    imap.logout()


def two_sessions():
    """What one session does the other one hears at its next command."""
    one, two = connect(), connect()
    ok(one.create("Both"))
    ok(one.select("Both"))
    ok(two.select("Both"))
    ok(two.append("Both", None, None, messages[names[0]]))
    ok(one.noop())
    assert one.response("EXISTS")[1][-1] == b"1", one.untagged_responses
    ok(one.store("1", "+FLAGS", r"(\Flagged)"))
    ok(two.noop())
    assert b"\\Flagged" in b" ".join(d for d in two.response("FETCH")[1] if d)
    ok(one.store("1", "+FLAGS.SILENT", r"(\Deleted)"))
    ok(one.expunge())
    ok(two.noop())
    assert two.response("EXPUNGE")[1] == [b"1"]
    one.logout()
    two.logout()


logins()
imap = connect()
folders(imap)
appends(imap)
reads(imap)
uids = searches(imap)
left = changes(imap, uids)
rights_and_quota(imap)
assert imap.logout()[0] == "BYE"
utf8()
two_sessions()
print(len(names), "messages,", left, "left")
