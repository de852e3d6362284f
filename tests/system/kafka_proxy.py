"""A TCP proxy in front of the broker that can lose the end of a transaction: the request, or its reply.

It knows of the Kafka protocol what that takes: a frame is a length and a body (all integers big-endian); a request's
body begins with api key (2 bytes), api version (2) and correlation id (4), a reply's with the correlation id.
"""

import socket
import struct
import threading

END_TXN = 26


class _Gone(Exception):
    """A peer closed its connection."""


def _receive(peer, size):
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part:
            raise _Gone
        data += part
    return data


def _frame(peer):
    head = _receive(peer, 4)
    return head + _receive(peer, struct.unpack(">i", head)[0])


class Proxy:
    """`lose("reply" | "request", times, cut)`: swallows that many; `cut` closes the connection as well."""

    def __init__(self, broker_port):
        self.broker_port = broker_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.what, self.left, self.cut, self.lost = None, 0, False, 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def lose(self, what, times, cut):
        with self.lock:
            self.what, self.left, self.cut, self.lost = what, times, cut, 0

    def pass_all(self):
        with self.lock:
            self.what, self.left = None, 0

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                broker = socket.create_connection(("127.0.0.1", self.broker_port), timeout=5)
                broker.settimeout(None)
            except OSError:
                client.close()
                continue
            for peer in (client, broker):
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ends = set()    # correlation ids of this connection's EndTxn requests
            for pump in (self._requests, self._replies):
                threading.Thread(target=self._run, args=(pump, client, broker, ends), daemon=True).start()

    def _run(self, pump, client, broker, ends):
        try:
            pump(client, broker, ends)
        except (_Gone, OSError):
            pass
        finally:
            for peer in (client, broker):
                try:
                    peer.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                peer.close()

    def _requests(self, client, broker, ends):
        while True:
            frame = _frame(client)
            key, _, correlation = struct.unpack(">hhi", frame[4:12])
            if key == END_TXN:
                if self._loses("request"):
                    continue
                ends.add(correlation)
            broker.sendall(frame)

    def _replies(self, client, broker, ends):
        while True:
            frame = _frame(broker)
            correlation = struct.unpack(">i", frame[4:8])[0]
            if correlation in ends:
                ends.discard(correlation)
                if self._loses("reply"):
                    continue
            client.sendall(frame)

    def _loses(self, what):
        with self.lock:
            if self.what != what or self.left == 0:
                return False
            self.left -= 1
            self.lost += 1
            if self.cut:
                raise _Gone
            return True
