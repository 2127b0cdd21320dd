"""The sums of all runs."""

from collections import Counter

from verdict import Verdict


def text(verdicts: list[Verdict]) -> str:
    """A line a kind of disturbance, and one for all."""
    planned, struck, failed = Counter(), Counter(), Counter()
    for verdict in verdicts:
        planned.update(blow.kind for blows in verdict.plan.rounds for blow in blows)
        struck.update(verdict.struck)
        if verdict.complaints:
            failed.update(set(verdict.struck))
    # A process may end before its turn.
    lines = [f"{kind:16} {struck[kind]:4} of {count:4} came in time"
             + (f"; {failed[kind]} runs with it failed" if failed[kind] else "")
             for kind, count in sorted(planned.items())]
    ways = Counter(verdict.plan.way.name for verdict in verdicts)
    graces = [seconds for verdict in verdicts for seconds in verdict.graces]
    bad = sum(bool(verdict.complaints) for verdict in verdicts)
    return "\n".join([
        *lines,
        "runs by door: " + "; ".join(f"{name}: {count}" for name, count in ways.most_common()),
        f"exits: {'; '.join(f'{code}: {count}' for code, count in _codes(verdicts))}",
        f"from a signal to the end: {max(graces):.2f} s at most" if graces else "no run was asked to end",
        f"{sum(verdict.plan.files for verdict in verdicts)} files; {sum(verdict.confirmed for verdict in verdicts)} "
        "of those that are gone were found so after a deletion nobody had heard of, "
        f"{sum(verdict.made_up for verdict in verdicts)} of them never were there",
        f"{len(verdicts)} runs with {sum(len(verdict.codes) for verdict in verdicts)} rounds, {bad} failed",
    ])


def _codes(verdicts: list[Verdict]) -> list[tuple[int, int]]:
    return sorted(Counter(code for verdict in verdicts for code in verdict.codes).items())
