"""python -m streamtest_testee --stream NAME"""
import argparse
import importlib

from streamtest_testee.protocol import listen, serve

STREAMS = {
    "eventsourcing-popo": ("streamtest_testee.eventsourcing_popo", "Recorder", "eventsourcing"),
    "eventsourcing-postgres": ("streamtest_testee.eventsourcing_postgres", "Recorder", "eventsourcing-postgres"),
    "eventsourcing-postgres-functions": (
        "streamtest_testee.eventsourcing_postgres", "FunctionsRecorder", "eventsourcing-postgres"
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m streamtest_testee",
        description="Testees over published event streams, for streamtest.",
        epilog='example: streamtest certify "exec:python -m streamtest_testee --stream eventsourcing-popo"',
    )
    parser.add_argument("--stream", required=True, choices=sorted(STREAMS))
    parser.add_argument("--listen", type=int, metavar="PORT",
                        help="on loopback, for tcp:127.0.0.1:PORT, until the standard input ends; 0: a free port")
    arguments = parser.parse_args()
    name, stream_class, extra = STREAMS[arguments.stream]
    try:
        stream = getattr(importlib.import_module(name), stream_class)
    except ModuleNotFoundError as missing:
        parser.exit(2, f"{missing}; install it: pip install 'streamtest-testee[{extra}]'\n")
    if arguments.listen is None:
        serve(stream.hello(), stream)
    else:
        listen(stream.hello(), stream, port=arguments.listen)


if __name__ == "__main__":
    main()
