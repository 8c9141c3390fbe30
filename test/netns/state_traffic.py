# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames between guests and stations, one line of standard input each.

A line "FROM>TO WHAT..." sends one frame, and prints the line with "yes" or "no"
behind it: did it arrive?  FROM and TO are ports: a and b are guests at tap0 and
tap1, c and d are stations behind p1 and p3, h the host at its bridge, r a
station behind q1 that the host routes to.  A frame of another type that follows
it tells that nothing will come any more.  WHAT is made by frames().

"host>TO udpN SPORT DPORT" is sent by a socket of the host, "run COMMAND..."
prints the status of a command, and "fill" makes connections until the kernel
takes no more of them.
"""
import errno
import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time

MAC = {"a": "525400000001", "b": "525400000002", "c": "525400000003",
       "d": "525400000004", "h": "020000000099", "r": "525400000009",
       "q": "020000000098"}
IP4 = {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.3", "h": "10.0.0.9",
       "r": "10.9.0.2"}
IP6 = {"a": "fd00::1", "b": "fd00::2", "c": "fd00::3", "h": "fd00::9",
       "r": "fd09::2"}
MAC = {k: bytes.fromhex(v) for k, v in MAC.items()}
FLAGS = {"syn": 2, "ack": 16, "synack": 18, "rst": 4, "fin": 17, "null": 0,
         "onlyfin": 1, "synfin": 3, "synrst": 6, "fpu": 41, "all": 63}
END = 0x88B5


def csum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def put_csum(head, at, pseudo):
    value = csum(pseudo + head) or 0xFFFF
    return head[:at] + struct.pack(">H", value) + head[at + 2:]


def addr(name, six):
    table = IP6 if six else IP4
    return socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET,
                            table.get(name, name))


def pseudo(src, dst, proto, size):
    if len(src) == 4:
        return src + dst + struct.pack(">BBH", 0, proto, size)
    return src + dst + struct.pack(">IHBB", size, 0, 0, proto)


def packet(src, dst, proto, body, ident=7, frag=0):
    if len(src) == 4:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), ident, frag,
                           64, proto, 0) + src + dst
        return head[:10] + struct.pack(">H", csum(head)) + head[12:] + body
    hops = 255 if proto == 58 else 64
    return struct.pack(">IHBB", 6 << 28, len(body), proto, hops) + src + dst + \
        body


def udp(src, dst, sport, dport, size=4):
    body = struct.pack(">HHHH", int(sport), int(dport), 8 + size, 0)
    body += b"x" * size
    return put_csum(body, 6, pseudo(src, dst, 17, len(body)))


def tcp(src, dst, sport, dport, flags, seq="1", ack="0"):
    body = struct.pack(">HHIIBBHHH", int(sport), int(dport), int(seq),
                       int(ack), 0x50, FLAGS[flags], 8192, 0, 0)
    return put_csum(body, 16, pseudo(src, dst, 6, len(body)))


def icmp(src, dst, kind, inner):
    body = struct.pack(">BBHI", kind, 0, 0, 1280 if kind == 2 else 0) + inner
    return put_csum(body, 2, b"" if len(src) == 4 else
                    pseudo(src, dst, 58, len(body)))


def frames(words, src, dst):
    """All frames of what a line says; the last one is looked for."""
    what, six = words[0][:-1], words[0][-1] == "6"
    opts = dict(w.split("=") for w in words if "=" in w)
    words = [w for w in words if "=" not in w]
    s, d = addr(opts.get("src", src), six), addr(opts.get("dst", dst), six)
    if what == "udp":
        body, proto = udp(s, d, *words[1:3]), 17
    elif what == "tcp":
        body, proto = tcp(s, d, *words[1:]), 6
    elif what == "echo":
        body, proto = icmp(s, d, 128 if six else 8, b"data"), 58 if six else 1
    elif what == "pong":
        body, proto = icmp(s, d, 129 if six else 0, b"data"), 58 if six else 1
    elif what == "nd":
        body, proto = icmp(s, d, 136, s), 58
    elif what in ("unreach", "redirect"):
        # of a packet that the receiver sent before to port 80 of WORDS[3]
        to = addr(words[3] if len(words) > 3 else src, six)
        inner = packet(d, to, 17, udp(d, to, *words[1:3]))
        kind = 1 if six else 3
        if what == "redirect":
            kind = 137 if six else 5
        body, proto = icmp(s, d, kind, inner), 58 if six else 1
    elif what == "frags":
        # as long as those of IPv6 at least can be
        body = udp(s, d, words[1], words[2], 2000)
        parts = [packet(s, d, 17, body[:1232], 9, 0x2000),
                 packet(s, d, 17, body[1232:], 9, 154)]
        if six:
            parts = [packet(s, d, 44, struct.pack(">BBHI", 17, 0, o, 5) + p)
                     for o, p in ((1, body[:1232]), (1232, body[1232:]))]
        return [head(opts, src, dst, six) + p for p in parts]
    else:
        raise ValueError(what)
    return [head(opts, src, dst, six) + packet(s, d, proto, body)]


def head(opts, src, dst, six):
    mac = bytes.fromhex(opts["to"]) if "to" in opts else MAC[dst]
    if "r" in (src, dst):
        mac = MAC["q" if src == "r" else "h"]
    tag = struct.pack(">HH", 0x8100, 5) if "tag" in opts else b""
    src = bytes.fromhex(opts["from"]) if "from" in opts else MAC[src]
    return mac + src + tag + struct.pack(">H", 0x86DD if six else 0x0800)


def open_tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1002))
    return fd


def open_port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((name, 0))
    return s


class Ports:
    def __init__(self):
        self.fds = {"a": open_tap("tap0"), "b": open_tap("tap1")}
        names = {"c": "p1", "d": "p3", "h": "br0", "r": "q1", "q": "q0"}
        there = {name for _, name in socket.if_nameindex()}
        self.socks = {k: open_port(v) for k, v in names.items() if v in there}
        self.fds.update((k, s.fileno()) for k, s in self.socks.items())
        self.marks = 0
        self.others = 0  # with the header that was looked for, but else unlike

    def wait(self, name):
        if not select.select([self.fds[name]], [], [], 20)[0]:
            sys.exit("nothing more comes to " + name)

    def read(self, name):
        while True:
            self.wait(name)
            try:
                return os.read(self.fds[name], 4096)
            except BlockingIOError:
                pass

    def send(self, name, frame):
        os.write(self.fds[name], frame.ljust(60, b"\0"))

    def arrived(self, src, dst, wanted, has=b""):
        """How many frames come before one that only a neighbour can send"""
        src = {"r": "c"}.get(src, src) if dst != "r" else "q"
        self.marks += 1
        mark = MAC[dst] + MAC[src] + struct.pack(">HI", END, self.marks)
        self.send(src, mark)
        got = 0
        while True:
            frame = self.read(dst)
            if frame[12:14] == mark[12:14]:
                if frame[14:18] == mark[14:18]:
                    return got
            elif frame[:len(wanted)] == wanted:
                if has in frame:
                    got += 1
                else:
                    self.others += 1

    def line(self, words):
        src, dst = words[0].split(">")
        count = 1
        if words[-1].startswith("x"):
            count = int(words.pop()[1:])
        got = 0
        for i in range(count):
            args = [str(int(w[1:]) + i) if w.startswith("+") else w
                    for w in words[1:]]
            all_frames = frames(args, src, dst)
            for frame in all_frames:
                self.send(src, frame)
            wanted = all_frames[-1][:14]
            if "r" in (src, dst):
                wanted = MAC[dst] + MAC["h" if src == "r" else "q"] + \
                    wanted[12:]
            got += self.arrived(src, dst, wanted)
        return "yes" if count == 1 and got else \
            str(got) if count > 1 else "no"


def host(ports, words):
    """host>X udpN SPORT DPORT: the host's own socket sends to X"""
    dst = words[0][-1]
    six = words[1][-1] == "6"
    family = socket.AF_INET6 if six else socket.AF_INET
    table = IP6 if six else IP4
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.bind((table["h"], int(words[2])))
        s.sendto(b"data", (table[dst], int(words[3])))
    got = ports.arrived("c", dst, MAC[dst] + MAC["h"], b"data")
    return "yes" if got else "no"


def flood(ports, words):
    """flood COMMAND...: what may pass and what may not, until it ends: its
    status, how many were lost, and how many leaked"""
    lost = ports.others = 0
    good = frames(["udp4", "2900", "80"], "a", "c")[0]
    bad = frames(["udp4", "2901", "81"], "a", "c")[0]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as p:
        while p.poll() is None:
            for _ in range(50):
                ports.send("a", good)
                ports.send("a", bad)
            # both have the same header
            lost += 50 - ports.arrived("a", "c", good[:14], good[34:38])
        return "%d,%d,%d" % (p.returncode, lost, ports.others)


def is_ready(line):
    """Of a device that is up: what is sent there is not lost for a carrier"""
    return re.search(" state (UP|UNKNOWN) ", line) and \
        ("bridge_slave " not in line or "bridge_slave state forwarding" in line)


def wait_for_carriers(names):
    """The kernel learns a little later that a tap was opened, or of a peer"""
    late, end = names, time.monotonic() + 20
    while late:
        said = subprocess.run(["ip", "-o", "-d", "link", "show", "up"],
                              capture_output=True, text=True, check=True)
        late = [line for line in said.stdout.splitlines()
                if line.split()[1].split("@")[0].rstrip(":") in names and
                not is_ready(line)]
        if late and time.monotonic() > end:
            sys.exit("no carrier: " + late[0])


def attr(kind, data, nested=0x8000):
    """A netlink attribute of others, or of DATA"""
    return struct.pack("=HH", 4 + len(data), kind | nested) + data + \
        b"\0" * (-len(data) % 4)


def ends(kind, src, dst, sport, dport):
    """One direction of a connection, see linux/nfnetlink_conntrack.h"""
    return attr(kind, attr(1, attr(1, src, 0) + attr(2, dst, 0)) +
                attr(2, attr(1, b"\x11", 0) +
                     attr(2, struct.pack(">H", sport), 0) +
                     attr(3, struct.pack(">H", dport), 0)))


def connection(number):
    """A message: make one that the kernel does not give up for another"""
    src, dst = struct.pack(">I", 0xC6120000 + (number >> 8)), b"\xc6\x13\0\1"
    sport = 1 + (number & 255)
    body = struct.pack("=BBH", 2, 0, 0) + ends(1, src, dst, sport, 9) + \
        ends(2, dst, src, 9, sport) + \
        attr(7, struct.pack(">I", 600), 0) + attr(3, struct.pack(">I", 14), 0)
    return struct.pack("=IHHII", 16 + len(body), 0x100, 0x601, number, 0) + body


def fill():
    """
    Make connections until one is refused; the name of that error.  Those that
    are there go first: one that ends meanwhile would make room.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as s:
        number = 0
        s.send(struct.pack("=IHHIIBBH", 20, 0x102, 1, 0, 0, 0, 0, 0))
        while not select.select([s], [], [], 0)[0]:
            s.send(b"".join(map(connection, range(number, number + 256))))
            number += 256
        return errno.errorcode[-struct.unpack_from("=i", s.recv(65536), 16)[0]]


def main():
    # what one processor queued would be overtaken by the next frame on another
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ports = Ports()
    wait_for_carriers(["tap0", "tap1", "br0"] +
                      [a + b for a in "pq" for b in "0123"])
    for text in sys.stdin:
        words = text.split()
        if not words:
            continue
        told = text.strip()
        if words[0].startswith("host>"):
            print(told, host(ports, words), flush=True)
        elif words[0] == "flood":
            print(told, flood(ports, words[1:]), flush=True)
        elif words[0] == "fill":
            print(told, fill(), flush=True)
        elif words[0] == "run":
            print(told, os.system(told[4:]) >> 8, flush=True)
        else:
            print(told, ports.line(list(words)), flush=True)


main()
