"""What docs/certified.md says of a published stream, held against a report."""
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "certified.md"
STUCK = ("is stuck", "waits for ever")  # how a lost wake-up is told, whichever rule meets it


def confirmed(stream):
    """The rules that the section about the stream confirms, each under a heading of its own."""
    for section in re.split(r"^## ", PAGE.read_text(), flags=re.M)[1:]:
        if section.startswith(stream):
            return set(re.findall(r"^### ([A-Z]{3}-\d)$", section, re.M))
    raise ValueError(f"docs/certified.md has no section about {stream}")


def unexplained(report, stream, races, told=STUCK):
    """Failures that the page doesn't confirm, and confirmed ones that are gone.

    The races are confirmed, but aren't met in every run, and now and then by other rules, which then say one of the words `told`.
    """
    selected = {rule["id"] for rule in report["rules"] if rule["verdict"] != "not_selected"}
    known = confirmed(stream) & selected
    failed = {rule["id"]: rule["message"] for rule in report["rules"] if rule["verdict"] == "fail"}
    new = {rule for rule, message in failed.items() if rule not in known and not any(words in message for words in told)}
    return new | (known - set(races) - set(failed))
