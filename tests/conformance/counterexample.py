"""How long a counterexample is, as exploration saved it."""


def commands(saved):
    return len(saved["program"]["before"]) + sum(len(actor) for actor in saved["program"]["actors"])


def switches(saved):
    """How often an actor went on in another one's place. The choice numbered 0 is none: it says whether waits may end early."""
    deviations = [] if saved["schedule"] == "-" else saved["schedule"].split(",")
    return sum(not deviation.startswith("0=") for deviation in deviations)
