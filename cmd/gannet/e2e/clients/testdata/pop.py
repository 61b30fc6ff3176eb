"""Reads a maildrop with poplib in every way that it has.

Arguments: CA file, port of POP3, port of POP3 over TLS, user, password, a directory for the messages.
"""

import os
import poplib
import ssl
import sys

poplib._MAXLINE = 1 << 20  # its own bound is shorter than lines that mail has

ca, port, tls_port, user, password, directory = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)


def message(lines):
    """The bytes of a message whose lines poplib has taken apart."""
    return b"".join(line + b"\r\n" for line in lines)


def plain():
    """A session under STLS."""
    pop = poplib.POP3("localhost", int(port), timeout=120)
    offered = pop.capa()
    assert "STLS" in offered and "USER" not in offered, offered
    assert pop.stls(context).startswith(b"+OK")
    offered = pop.capa()
    assert "UIDL" in offered and "TOP" in offered and "STLS" not in offered, offered
    return pop


def login(pop):
    assert pop.user(user).startswith(b"+OK")
    assert pop.pass_(password).startswith(b"+OK")
    return pop


def refused(call, *args):
    try:
        call(*args)
    except poplib.error_proto as err:
        assert str(err).startswith("b'-ERR"), err
        return
    raise AssertionError(f"{call} {args} was not refused")


def wrong_password():
    pop = plain()
    pop.user(user)
    refused(pop.pass_, "wrong")
    login(pop)  # the connection goes on
    pop.quit()


def read_all():
    """Every message by RETR, its lines by TOP, its size by LIST and its name by UIDL."""
    pop = login(poplib.POP3_SSL("localhost", int(tls_port), context=context, timeout=120))
    count, octets = pop.stat()
    sizes = [line.split() for line in pop.list()[1]]
    names = [line.split() for line in pop.uidl()[1]]
    assert [int(n) for n, _ in sizes] == list(range(1, count + 1)), sizes
    assert [int(n) for n, _ in names] == list(range(1, count + 1)), names
    assert sum(int(size) for _, size in sizes) == octets
    assert len({name for _, name in names}) == count
    for number in range(1, count + 1):
        reply, lines, _ = pop.retr(number)
        raw = message(lines)
        size = int(sizes[number - 1][1])
        # A message without a final line end gets one on the way.
        assert size == len(raw) or size == len(raw) - 2, (number, size, len(raw))
        with open(os.path.join(directory, f"{number:05d}"), "wb") as file:
            file.write(raw)
        if number % 7 == 0:
            check_top(pop, number, lines)
    assert pop.list(3).startswith(b"+OK 3 " + sizes[2][1]), pop.list(3)
    assert pop.uidl(3).endswith(names[2][1]), pop.uidl(3)
    refused(pop.retr, count + 1)
    refused(pop.list, 0)
    refused(pop.top, count + 1, 1)
    pop.noop()
    pop.quit()
    return [name for _, name in names]


def check_top(pop, number, lines):
    """TOP gives the header, the blank line and so many lines of the body."""
    blank = lines.index(b"") if b"" in lines else len(lines)
    for wanted in (0, 1, 5, len(lines)):
        top = pop.top(number, wanted)[1]
        assert top == lines[: blank + 1 + wanted], (number, wanted, top[-3:])


def delete_and_think_again(names):
    """Deletes are forgotten by RSET and by a connection that breaks, and done by QUIT."""
    pop = login(plain())
    pop.dele(1)
    refused(pop.retr, 1)
    refused(pop.dele, 1)
    assert pop.stat()[0] == len(names) - 1
    pop.rset()
    assert pop.stat()[0] == len(names)
    pop.dele(2)
    pop.close()  # no QUIT

    pop = login(plain())
    assert [line.split()[1] for line in pop.uidl()[1]] == names
    for number in range(2, len(names) + 1, 2):
        pop.dele(number)
    pop.quit()

    pop = login(plain())
    assert [line.split()[1] for line in pop.uidl()[1]] == names[0::2]
    pop.quit()


def utf8():
    pop = plain()
    assert pop.utf8().startswith(b"+OK")
    login(pop)
    pop.stat()
    pop.quit()


wrong_password()
uids = read_all()
delete_and_think_again(uids)
utf8()
print(len(uids), "messages")
