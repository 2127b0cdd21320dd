"""The order of the runs: each case once to see how fast it is, then all of them in turn, again and again."""

import sys
from dataclasses import dataclass, field

from batches import Batch
from cases import Case
from measure import Meter, Usage
from programs import Programs

# So many files a run has at most.
MOST_FILES = 300_000


@dataclass
class Series:
    """A case's runs."""

    case: Case
    files: int
    usages: list[Usage] = field(default_factory=list)
    # How many runs were not as they have to be, also among the first looks, and what was wrong with the first.
    bad: int = 0
    first_trouble: str = ""

    def note(self, trouble: str) -> None:
        self.bad += 1
        self.first_trouble = self.first_trouble or trouble


class Rounds:
    def __init__(self, meter: Meter, programs: Programs, environment: dict[str, str], scratch: str):
        self._meter = meter
        self._programs = programs
        self._environment = environment
        self._scratch = scratch
        self._number = 0

    def run(self, cases: list[Case], runs: int, files: int | None, longest: float) -> list[Series]:
        """All cases, interleaved, so that a machine that gets slower is slower for everyone."""
        series = []
        for case in cases:
            one = Series(case, case.first)
            self._fit(one, files, longest)
            _progress(f"{case.title}: {one.files} files a run")
            series.append(one)
        for number in range(runs):
            _progress(f"round {number + 1} of {runs}")
            for one in series:
                one.usages.append(self._once(one))
        return series

    def smoke(self, cases: list[Case], files: int) -> list[Series]:
        """Each case once, with a few files."""
        series = []
        for case in cases:
            _progress(case.title)
            one = Series(case, min(files, case.first))
            one.usages.append(self._once(one))
            series.append(one)
        return series

    def _fit(self, one: Series, files: int | None, longest: float) -> None:
        """Finds out how many files a run should have."""
        aim, most = (one.case.aim, MOST_FILES) if files is None else (longest, files)
        while True:
            seconds = self._once(one).seconds
            # A short run is mostly start-up and says little of the rate: go up in steps.
            wanted = min(most, _rounded(one.files * min(10, aim / seconds)))
            done = seconds >= aim / 4 or wanted <= one.files or one.bad > 0
            one.files = wanted
            if done:
                return

    def _once(self, one: Series) -> Usage:
        self._number += 1
        batch = Batch(one.case.door, one.files, self._number, self._scratch, self._programs)
        try:
            usage = self._meter.run(one.case.command(batch), self._environment, batch.directory)
            trouble = one.case.trouble(batch)
            if usage.exit_code != 0:
                one.note(f"{trouble + '; ' if trouble else ''}exit code {usage.exit_code}: {usage.words}")
            elif trouble is not None:
                # Whoever trusts it is lied to.
                one.note(f"{trouble} and says that all is well")
            return usage
        finally:
            batch.remove()


def _rounded(count: float) -> int:
    """Two digits are enough."""
    step = 10 ** max(0, len(str(int(count))) - 2)
    return max(5, int(count) // step * step)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
