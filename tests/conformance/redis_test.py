"""Certifies the guide's Redis stream against a real server, and watches what happens when the server dies.

Usage: redis_test.py STREAMTEST REDIS_STREAM_SO [--budget BUDGET]
"""
import argparse
import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def redis_server():
    """A server of our own on loopback, stopped by its own pid whatever happens."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", folder, "--maxclients", "4000", "--daemonize", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2) as probe:
                    probe.sendall(b"PING\r\n")
                    if probe.recv(16).startswith(b"+PONG"):
                        break
                if server.poll() is not None:
                    raise RuntimeError(f"redis-server ended with {server.returncode} before it answered")
                time.sleep(0.05)
            else:
                raise RuntimeError("redis-server does not answer")
            yield server, port
        finally:
            server.kill()
            server.wait()


def run(arguments, port, options, timeout):
    target = f"plugin:{arguments.plugin}?redis://127.0.0.1:{port}"
    return subprocess.run([arguments.streamtest, "certify", target, *options], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout)


def certified(arguments):
    with redis_server() as (_, port):
        result = run(arguments, port, ["--budget", arguments.budget], 280)
        leftover = subprocess.run(["redis-cli", "-p", str(port), "dbsize"], capture_output=True, text=True)
    print(result.stdout)
    assert result.returncode == 0, f"exit code {result.returncode}, expected 0"
    assert "verdict: conformant" in result.stdout, "no conformant verdict"
    assert leftover.stdout.split()[-1] == "0", f"keys left behind: {leftover.stdout}"


def server_dies(arguments):
    with redis_server() as (server, port):
        killer = threading.Timer(1.0, server.kill)
        killer.start()
        try:
            result = run(arguments, port, ["--budget", "30s", "--patience", "5s"], 280)
        finally:
            killer.cancel()
            killer.join()
    print(result.stdout[-3000:])
    assert result.returncode in (1, 3), f"exit code {result.returncode}: a dead server must not pass"
    assert "verdict: conformant" not in result.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("streamtest")
    parser.add_argument("plugin")
    parser.add_argument("--budget", default="quick")
    arguments = parser.parse_args()
    certified(arguments)
    server_dies(arguments)
    print("redis: certified, and a dead server is told")


if __name__ == "__main__":
    sys.exit(main())
