"""What a run does, worked out from its seed alone."""

import random
from dataclasses import dataclass

# Each kind of disturbance, and what it needs of a door.
KINDS = {
    "kill": "", "term": "", "int": "", "hup": "", "pause": "", "deadline": "",
    "report-full": "", "journal-full": "",
    "server-restart": "server", "server-kill": "server",
    "net-delay": "server", "net-reset": "server", "net-mute": "server", "net-stall": "server",
    "token-replaced": "token", "token-truncated": "token", "token-removed": "token",
}


@dataclass(frozen=True)
class Way:
    """A backend and a door, as Benchmarks/servers.py names it."""

    backend: str
    door: str
    weight: int
    # The most files a second that it surely does.
    speed: int
    # The most files that a run has.
    files: int

    @property
    def name(self) -> str:
        return f"{self.backend}, {self.door}"

    @property
    def has(self) -> set[str]:
        """What the door has that can be disturbed."""
        server = {"server"} if self.door != "tmpfs" else set()
        return {""} | server | ({"token"} if self.door.endswith("token") else set())

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, need in KINDS.items() if need in self.has]


WAYS = [
    Way("xroot", "root XRootD", 5, 2000, 5000),
    Way("xrdfs", "root XRootD", 4, 1000, 3000),
    Way("webdav", "http XRootD", 3, 1500, 3000),
    Way("webdav", "http nginx", 4, 2000, 5000),
    Way("webdav", "https XRootD", 1, 1000, 2000),
    Way("webdav", "https nginx, HTTP/2", 1, 1000, 2000),
    Way("webdav", "https nginx, token", 4, 1000, 2000),
    Way("rm", "tmpfs", 3, 3000, 5000),
    Way("gfal", "root XRootD", 1, 100, 150),
    Way("gfal", "http nginx", 1, 100, 150),
]


@dataclass(frozen=True)
class Blow:
    """One disturbance."""

    kind: str
    # When: after so many seconds, or, where that is none, when this share of what is left is done.
    seconds: float | None
    share: float
    # How long it lasts, in seconds; infinity: until the round's end.
    lasts: float

    @property
    def text(self) -> str:
        when = f"{self.share:.0%}" if self.seconds is None else f"{self.seconds:.2f}s"
        return f"{self.kind}@{when}"


@dataclass(frozen=True)
class Plan:
    seed: int
    way: Way
    files: int
    # Rounds that are disturbed; what is left is done undisturbed after them.
    rounds: list[list[Blow]]
    arguments: list[str]
    # Whether everything goes through the proxy.
    through_proxy: bool
    zipped: bool


def plan(seed: int, way: Way | None = None, kinds: list[str] | None = None, ways: list[Way] = WAYS) -> Plan:
    """The plan of a seed; a way and kinds that are given take the place of its own."""
    dice = random.Random(seed)
    drawn = dice.choices(ways, [each.weight for each in ways])[0]
    way = way or drawn
    is_short = kinds is not None
    files = 150 if is_short else int(dice.uniform(0.05, 1) ** 2 * way.files) + 40
    seconds = 0.8 if is_short else dice.uniform(0.5, 2.5)
    if way.backend == "gfal":
        files, seconds = min(files, 60 if is_short else way.files), 1.0
    rate = max(20, min(way.speed, int(files / seconds)))
    rounds = [[_blow(dice, kind, seconds, is_short) for kind in kinds]] if kinds is not None else [
        [_blow(dice, dice.choice(way.kinds), seconds, False) for _ in range(dice.choice([1, 1, 1, 2, 2, 3]))]
        for _ in range(dice.choice([1, 1, 2, 2, 3, 5]))]
    arguments = [
        "--max-rate", str(rate), "--retries", str(dice.randrange(0, 4)), "--retry-pause", dice.choice(["0.1", "0.5"]),
        "--timeout", dice.choice(["2", "5"]), *dice.choice([[], ["--checkpoint"]]),
        *dice.choice([[], [], ["--concurrency", str(dice.choice([1, 2, 16]))]])]
    needs_proxy = any(blow.kind.startswith("net") for blows in rounds for blow in blows)
    return Plan(
        seed, way, files, rounds, arguments, needs_proxy or dice.random() < 0.3, dice.random() < 0.3)


def _blow(dice: random.Random, kind: str, seconds: float, is_short: bool) -> Blow:
    by_time = dice.random() < 0.4 and not is_short
    lasts = dice.uniform(0.1, 3) if not is_short else 0.4
    if kind in ("server-kill", "net-stall", "token-removed", "token-truncated") and dice.random() < 0.1:
        lasts = float("inf")
    if kind.endswith("full") and dice.random() < 0.7:
        lasts = float("inf")
    return Blow(kind, dice.uniform(0, 1.2 * seconds) if by_time else None, dice.uniform(0.05, 0.8), lasts)
