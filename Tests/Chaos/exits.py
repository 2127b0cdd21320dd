"""Which exit codes the disturbances of a round explain."""

from collections.abc import Iterator

from plan import ASKING

SIGNALS = {"kill": -9, "kill-torn": -9, "term": -15, "int": -2, "hup": -1}


def odd(code: int, struck: list[str]) -> Iterator[str]:
    """A complaint about a code that nothing explains."""
    allowed = {0, 1}
    for kind in struck:
        if kind in SIGNALS:
            # A signal that comes before it is listened for ends the process as it ends any other.
            allowed.add(SIGNALS[kind])
        if kind in ASKING:
            allowed |= {75, 85}
        if kind == "report-full":
            allowed.add(73)
        if kind == "journal-full":
            allowed |= {73, 75}
        if kind.startswith(("server", "net")):
            allowed.add(69)
        if kind.startswith("token"):
            allowed |= {77, 75}
    if code not in allowed:
        yield f"it ended with {code} after {' '.join(struck) or 'nothing'}"
