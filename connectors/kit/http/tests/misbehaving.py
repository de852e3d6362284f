#!/usr/bin/python3
"""A stub: a server that does what a path says, right or wrong. Prints its ports, then serves until its input ends.

With a folder as argument it makes a certificate authority there (`ca.pem`) and serves the same over TLS: with a
certificate that is right, and with one for another host.
"""

import asyncio
import base64
import gzip
import json
import os
import ssl
import sys
import zlib

import zstandard

from certificates import Authority

requests = []       # method, path, headers of each


def context(path):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{path}.pem", f"{path}.key")
    return made


def with_tls(folder):
    authority = Authority(folder)
    return [context(authority.issue("good", "IP:127.0.0.1")), context(authority.issue("other", "DNS:other.example"))]


def reply(status, body, **headers):
    body = body if isinstance(body, bytes) else body.encode()
    head = [f"HTTP/1.1 {status} whatever", f"Content-Length: {headers.pop('length', len(body))}"]
    head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


ROWS = '{"data": {"items": [{"id": 1, "name": "secret name"}, {"id": 2}]}}'
logins = 0


def answer(method, path, headers, body):
    """Bytes, or an iterator of bytes with pauses between them."""
    global logins
    path = path.split("?")[0]
    kind = path.strip("/").split("/")[-1]
    if kind == "rows":
        return reply(200, ROWS, Content_Type="application/json", Date="Sat, 31 Jan 2026 10:00:00 GMT")
    if kind.isdigit():
        return reply(int(kind), '{"error": "token t0k3n is not good"}', Retry_After="7")
    if kind == "echo":
        return reply(200, json.dumps({"method": method, "headers": headers, "body": body}))
    if kind == "requests":
        return reply(200, json.dumps(requests))
    if kind == "html":
        return reply(200, "<!DOCTYPE html><h1>Maintenance</h1>", Content_Type="text/html")
    if kind == "half":
        return reply(200, ROWS[:30])
    if kind == "broken":
        return reply(200, ROWS.replace('"id": 2', '"id" 2'))
    if kind == "long":
        return reply(200, ROWS, length=1000)
    if kind == "nothing":
        return b""
    if kind == "junk":
        return b"SSH-2.0-OpenSSH_9.2\r\n"
    if kind == "headers":
        return b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"x" * 1000) for i in range(1000)) + b"\r\n"
    if kind == "slow":
        return iter([b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"] + [b" "] * 10_000)
    if kind == "silent":
        return iter([b""] * 10_000)
    if kind == "gzip":
        return reply(200, gzip.compress(ROWS.encode()), Content_Encoding="gzip")
    if kind == "bomb":
        return reply(200, gzip.compress(b'{"data": "' + b"a" * 50_000_000), Content_Encoding="gzip")
    if kind == "deflated":
        return reply(200, zlib.compress(ROWS.encode()), Content_Encoding="deflate")
    if kind == "zstd":
        return reply(200, zstandard.compress(ROWS.encode()), Content_Encoding="zstd")
    if kind == "zstdbomb":
        return reply(200, zstandard.compress(b'{"data": "' + b"a" * 50_000_000), Content_Encoding="zstd")
    if kind == "halfgzip":
        return reply(200, gzip.compress(ROWS.encode())[:-20], Content_Encoding="gzip")
    if kind == "halfzstd":
        return reply(200, zstandard.compress(ROWS.encode())[:-20], Content_Encoding="zstd")
    if kind.startswith("bad"):
        return reply(200, "this is none", Content_Encoding=kind[3:])
    if kind == "letters":
        return reply(200, '{"data": "' + "a" * 50_000_000, Content_Type="application/json")
    if kind == "deep":
        return reply(200, '{"data": {"items": [' + "[" * 1_000_000)
    if kind == "deeparound":
        return reply(200, '{"x":' * 1_000_000)
    if kind == "around":
        return reply(200, '{"data": "' + "a" * 3_000_000 + '"}')
    if kind == "bigrow":
        return reply(200, '{"data": {"items": [{"name": "' + "a" * 3_000_000 + '"}]}}')
    if kind == "inside":
        return reply(302, "", Location="http://169.254.169.254/latest/meta-data")
    if kind == "elsewhere":
        return reply(302, "", Location=f"http://localhost:{PORTS[0]}/rows")
    if kind == "moved":
        return reply(301, "", Location="rows")
    if kind == "circle":
        return reply(302, "", Location="circle")
    if kind == "file":
        return reply(302, "", Location="file:///etc/passwd")
    if kind == "token":
        logins += 1
        given = headers.get("authorization", "")
        if given != "Basic " + base64.b64encode(b"id:s3cr%2Ft").decode():
            return reply(401, '{"error": "invalid_client"}')
        return reply(200, json.dumps({"access_token": f"t0k3n-{logins}", "expires_in": 3600, "asked": body}))
    if kind == "session":       # takes the second log-in alone
        good = headers.get("authorization") == "Bearer t0k3n-2"
        return reply(200 if good else 401, ROWS if good else "{}")
    return reply(404, "{}")


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
            body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            requests.append([method, path, headers])
            given = answer(method, path, headers, body)
            for piece in [given] if isinstance(given, bytes) else given:
                writer.write(piece)
                await writer.drain()
                if not isinstance(given, bytes):
                    await asyncio.sleep(0.02)   # how slow it is is the fault
            if path.split("?")[0].endswith(("/half", "/long", "/nothing", "/junk", "/deep", "/deeparound")):
                break
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def main():
    places = [None]
    if len(sys.argv) > 1:
        places += with_tls(sys.argv[1])
    servers = [await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) for tls in places]
    PORTS.extend(server.sockets[0].getsockname()[1] for server in servers)
    print(*PORTS, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


PORTS = []
asyncio.run(main())
