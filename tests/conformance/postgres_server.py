"""A PostgreSQL server for a test: on loopback, in a temporary folder, gone with whoever asked for it.

Usage: postgres_server.py     prints the server's port and process id; stops it at the end of its standard input

What a test has is the context manager below. It runs this file as a process of its own, which outlives a test that is
killed, sees the end of its input, stops the server by its own id and removes the folder.
"""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from redis_test import free_port

MISSING = """No PostgreSQL server is installed. On Debian 12, without the package's own service:
    RUNLEVEL=1 apt-get install --no-install-recommends postgresql-15"""


class Server:
    """Where a server listens, and how it dies."""

    def __init__(self, port, pid):
        self.pid = pid
        self.environment = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGDATABASE": "postgres",
                            "PGPASSWORD": "", "PGSSLMODE": "disable"}

    def die(self):
        """All of its connections break; SIGQUIT, because after SIGKILL its shared memory would be left."""
        os.kill(self.pid, signal.SIGQUIT)


@contextlib.contextmanager
def postgres_server():
    keeper = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              start_new_session=True)  # an interrupt is for the test, which then ends the input
    try:
        line = keeper.stdout.readline().split()
        if len(line) != 2:
            sys.exit("there is no server to test with")  # the keeper has said why
        yield Server(*map(int, line))
    finally:
        keeper.stdin.close()
        keeper.wait()


def programs():
    """The folder of the newest server's programs."""
    versions = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not versions:
        sys.exit(MISSING)
    return max(versions, key=lambda path: int(path.parent.name))


def unprivileged(folder):
    """What a command begins with so that root doesn't run it, which the server refuses; gives it the folder."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def started(binaries, folder):
    """The server, once it takes connections, and its port."""
    prefix, data, port = unprivileged(folder), folder / "data", free_port()
    initialised = subprocess.run(
        [*prefix, binaries / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
         "--no-sync"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder)
    if initialised.returncode != 0:
        sys.exit(initialised.stdout)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 200,
                "fsync": "off"}
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*prefix, "setpriv", "--pdeathsig=QUIT", binaries / "postgres", "-D", data,
             *(f"--{name}={value}" for name, value in settings.items())],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder)
    for _ in range(600):
        if subprocess.run([binaries / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]).returncode == 0:
            return server, port
        if server.poll() is not None:
            break
        time.sleep(0.05)
    server.kill()
    sys.exit(f"PostgreSQL does not answer\n{log.read_text()}")


def main():
    binaries = programs()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="streamtest-postgres-"))
    try:
        server, port = started(binaries, folder)
        try:
            print(port, server.pid, flush=True)
            sys.stdin.read()
        finally:
            server.send_signal(signal.SIGINT)  # its fast way to stop: breaks connections off, waits for nobody
            server.wait()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
