"""What came of a run."""

from dataclasses import dataclass, field

from plan import ASKING, Plan


@dataclass
class Verdict:
    plan: Plan
    # The disturbances that came while the process ran.
    struck: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seconds: float = 0
    # From the signal to the end, for each round that was asked to end.
    graces: list[float] = field(default_factory=list)
    # Files that were found gone after a deletion that nobody has heard of.
    confirmed: int = 0
    # Those among them that never were there.
    made_up: int = 0

    def was_hit_by(self, kind: str) -> bool:
        """Whether a disturbance of the first round came while it had work left, as far as can be told."""
        if kind in ASKING:
            return self.codes[0] in (75, 85)
        return kind in self.struck

    @property
    def line(self) -> str:
        blows = " | ".join(" ".join(blow.text for blow in blows) for blows in self.plan.rounds)
        word = "ok" if not self.complaints else f"FAILED ({len(self.complaints)} complaints)"
        return (f"seed {self.plan.seed}  {self.plan.way.name}  {self.plan.files} files  [{blows}]  "
                f"exits {' '.join(map(str, self.codes))}  {self.seconds * 1000:.0f} ms  {word}")
