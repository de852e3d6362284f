#!/usr/bin/python3
"""Real servers: an nginx that serves HTTP/2 over TLS, an OpenSSL, and three tinyproxies. Prints their ports, then they
run until its input ends.

servers.py FOLDER PORT: certificates, settings and logs are in FOLDER; what nginx does not answer itself it asks at PORT.
Ports: nginx; nginx, to clients with a certificate alone; OpenSSL, which sends others an alert; a proxy; one that wants
`crmfeed` and `pr0xy`; one that makes no tunnels. Certificates for clients: `client` (its key's password is `k3ypass`), and `stranger` of another authority.
"""

import os
import socket
import subprocess
import sys
import time

from certificates import Authority

NGINX = """
load_module /usr/lib/nginx/modules/ngx_http_brotli_filter_module.so;
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  proxy_temp_path {folder}/proxy;
  scgi_temp_path {folder}/scgi;
  uwsgi_temp_path {folder}/uwsgi;
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  default_type application/json;
  proxy_buffering off;
  server {{
    listen 127.0.0.1:{open} ssl http2;
    location /connection {{ return 200 "$server_protocol $connection"; }}
    location /file {{ alias {folder}/rows.json; }}
    location /strict {{ return 302 https://localhost:{strict}/rows; }}
    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
    location /br/ {{
      brotli on;
      brotli_comp_level 1;
      brotli_min_length 1;
      brotli_types application/json;
      proxy_pass http://127.0.0.1:{upstream};
    }}
  }}
  server {{
    listen 127.0.0.1:{strict} ssl http2;
    ssl_client_certificate {folder}/ca.pem;
    ssl_verify_client on;
    location /who {{ return 200 $ssl_client_s_dn; }}
    location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
  }}
}}
"""

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
MaxClients 20
LogLevel Connect
LogFile "{folder}/{name}.log"
{more}
"""

ROWS = 300_000


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def certificates(folder):
    authority = Authority(folder)
    authority.issue("server", "IP:127.0.0.1,DNS:localhost")
    authority.issue("client", "DNS:client.example", password="k3ypass")
    Authority(folder, "elsewhere").issue("stranger", "DNS:stranger.example")


def listening():
    server = socket.create_server(("127.0.0.1", 0))
    server.set_inheritable(True)
    return server


def nginx(folder, upstream):
    """Takes sockets that listen already, as if from an nginx it replaces: no port is lost, nothing to wait for."""
    sockets = listening(), listening()
    opened, strict = (each.getsockname()[1] for each in sockets)
    user = "user root;" if os.getuid() == 0 else ""     # root's own worker would be nobody, who may not read the folder
    write(f"{folder}/nginx.conf", NGINX.format(folder=folder, user=user, upstream=upstream, open=opened, strict=strict))
    inherited = "".join(f"{each.fileno()};" for each in sockets)
    process = subprocess.Popen(["/usr/sbin/nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"],
                               env={**os.environ, "NGINX": inherited}, pass_fds=[each.fileno() for each in sockets],
                               stdin=subprocess.DEVNULL, stdout=sys.stderr)
    for each in sockets:
        each.close()
    return process, [opened, strict]


def s_server(folder):
    # from TLS 1.3 on the alert comes behind the handshake, and is lost when a request is on its way meanwhile
    process = subprocess.Popen(["/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-tls1_2", "-cert",
                                f"{folder}/server.pem", "-key", f"{folder}/server.key", "-CAfile", f"{folder}/ca.pem",
                                "-Verify", "1", "-verify_return_error"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if line.startswith("ACCEPT"):
            return process, int(line.split(":")[-1])
    sys.exit("openssl did not start")


def accepts(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def tinyproxy(folder, name, more=""):
    """It takes no port 0 and no socket: a port that somebody took meanwhile ends it, and the next is tried."""
    for _ in range(10):
        with listening() as free:
            port = free.getsockname()[1]
        write(f"{folder}/{name}.conf", TINYPROXY.format(port=port, folder=folder, name=name, more=more))
        process = subprocess.Popen(["/usr/bin/tinyproxy", "-d", "-c", f"{folder}/{name}.conf"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        while process.poll() is None:
            if accepts(port):
                return process, port
            time.sleep(0.01)
    sys.exit(f"tinyproxy {name} did not start")


def main(folder, upstream):
    certificates(folder)
    write(f"{folder}/rows.json", '{"data": {"items": [' + ",".join(f'{{"id": {i}, "name": "row of a file"}}' for i in range(ROWS)) + "]}}")
    web, ports = nginx(folder, upstream)
    others = [s_server(folder), tinyproxy(folder, "plain"), tinyproxy(folder, "asking", "BasicAuth crmfeed pr0xy"),
              tinyproxy(folder, "narrow", "ConnectPort 1")]
    print(*ports, *(port for _, port in others), flush=True)
    sys.stdin.read()
    for process in [web, *(process for process, _ in others)]:
        process.terminate()
        process.wait()


main(*sys.argv[1:])
