"""python -m streamtest_testee --stream NAME"""
import argparse
import importlib

from streamtest_testee.protocol import listen, serve

STREAMS = {
    "eventsourcing-popo": ("streamtest_testee.eventsourcing_popo", "Recorder", "eventsourcing"),
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
    stream = STREAMS[arguments.stream]
    try:
        module = importlib.import_module(stream[0])
    except ModuleNotFoundError as missing:
        parser.exit(2, f"{missing}; install it: pip install 'streamtest-testee[{stream[2]}]'\n")
    if arguments.listen is None:
        serve(module.HELLO, getattr(module, stream[1]))
    else:
        listen(module.HELLO, getattr(module, stream[1]), port=arguments.listen)


if __name__ == "__main__":
    main()
