"""What a run does, worked out from its seed alone."""

import random
from dataclasses import dataclass

# Each kind of disturbance, and what it needs of a door.
KINDS = {
    "kill": "", "kill-torn": "", "term": "", "int": "", "hup": "", "pause": "", "deadline": "",
    "report-full": "", "journal-full": "",
    "server-restart": "server", "server-kill": "server",
    "net-delay": "server", "net-reset": "server", "net-mute": "server", "net-stall": "server",
    "token-replaced": "token", "token-truncated": "token", "token-removed": "token",
}
# Those that ask a process to end, and those that end it before its time.
ASKING = ["term", "int", "hup", "deadline"]
ENDING = ["kill", "kill-torn", "term", "int", "hup", "journal-full"]


@dataclass(frozen=True)
class Way:
    """A backend and its doors in the site's order, named as in Benchmarks/servers.py."""

    backend: str
    doors: tuple[str, ...]
    weight: int
    # The most files a second that it surely does.
    speed: int
    # The most files that a run has.
    files: int

    @property
    def name(self) -> str:
        return f"{self.backend}, {' then '.join(self.doors)}"

    @property
    def has(self) -> set[str]:
        """What the doors have that can be disturbed."""
        server = set() if self.backend == "rm" else {"server"}
        return {""} | server | ({"token"} if self.doors[0].endswith("token") else set())

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, need in KINDS.items() if need in self.has]


WAYS = [
    Way("xroot", ("root XRootD",), 5, 2000, 5000),
    Way("xrdfs", ("root XRootD",), 4, 1000, 3000),
    Way("webdav", ("http XRootD",), 3, 1500, 3000),
    Way("webdav", ("http nginx",), 3, 2000, 5000),
    Way("webdav", ("https XRootD",), 1, 1000, 2000),
    Way("webdav", ("https nginx, HTTP/2",), 1, 1000, 2000),
    Way("webdav", ("https nginx, token",), 4, 1000, 2000),
    Way("webdav", ("http nginx", "http XRootD"), 3, 1000, 3000),
    Way("rm", ("tmpfs",), 2, 3000, 5000),
    Way("rm", ("tmpfs", "other tmpfs"), 1, 3000, 5000),
    Way("gfal", ("root XRootD",), 1, 100, 150),
    Way("gfal", ("http nginx",), 1, 100, 150),
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
    # A number that says whose server or network it is, and where a token is cut.
    number: int

    @property
    def text(self) -> str:
        if self.kind == "deadline":
            return f"deadline {self.lasts:.2f}s"
        when = f"{self.share:.0%}" if self.seconds is None else f"{self.seconds:.2f}s"
        return f"{self.kind}@{when}"


@dataclass(frozen=True)
class Plan:
    seed: int
    way: Way
    files: int
    # Rounds that are disturbed; what is left is done undisturbed after them.
    rounds: list[list[Blow]]
    # Files a second in those, so that they last long enough.
    rate: int
    arguments: list[str]
    # Whether everything goes through the proxy.
    through_proxy: bool
    zipped: bool
    # Whether every listed name may be deleted and can be.
    is_easy: bool


def plan(seed: int, way: Way | None = None, kinds: list[str] | None = None, ways: list[Way] = WAYS) -> Plan:
    """The plan of a seed. With a way and kinds it has one short round of those."""
    dice = random.Random(seed)
    drawn = dice.choices(ways, [each.weight for each in ways])[0]
    way = way or drawn
    is_short = kinds is not None
    rounds = [kinds] if kinds is not None else _rounds(dice, way)
    seconds = 1.2 if is_short else dice.uniform(0.5, 2.5)
    # What was begun is gone on with for some seconds; more than that has to be there.
    asks = any(kind in ASKING for each in rounds for kind in each)
    seconds += 3 if asks else 0
    wanted = (1500 if asks else 300) if is_short else int(dice.uniform(0.05, 1) ** 2 * way.files) + 40
    files = min(way.files, wanted)
    rate = max(20, min(way.speed, int(files / seconds)))
    arguments = [
        "--retries", str(dice.randrange(0, 4)), "--retry-pause", dice.choice(["0.1", "0.5"]),
        "--timeout", dice.choice(["2", "5"]), *dice.choice([[], ["--checkpoint"]]),
        *dice.choice([[], [], ["--concurrency", str(dice.choice([1, 2, 16]))]])]
    needs_proxy = any(kind.startswith("net") for each in rounds for kind in each)
    blows = [
        [_blow(dice, kind, seconds, is_early=is_short or number > 0 or index + 1 < len(rounds))
         for number, kind in enumerate(each)]
        for index, each in enumerate(rounds)]
    return Plan(
        seed, way, files, blows, rate, arguments, needs_proxy or dice.random() < 0.3, dice.random() < 0.3,
        dice.random() < 0.3)


def _rounds(dice: random.Random, way: Way) -> list[list[str]]:
    """The kinds of disturbances of each round."""
    if dice.random() < 0.05:
        return [["kill"]] * 12
    counts = [dice.choice([1, 1, 1, 2, 2, 3]) for _ in range(dice.choice([1, 1, 2, 2, 3, 5]))]
    rounds = [dice.choices(way.kinds, k=count) for count in counts]
    # So that there is something left for the next one.
    return [[*kinds, dice.choice(ENDING)] for kinds in rounds[:-1]] + rounds[-1:]


def _blow(dice: random.Random, kind: str, seconds: float, is_early: bool) -> Blow:
    """Early: when most of the work is still to be done."""
    when = None if is_early or dice.random() < 0.6 else dice.uniform(0, 1.2 * seconds)
    share = dice.uniform(0.03, 0.3 if kind in ASKING else 0.5) if is_early else dice.uniform(0.03, 0.9)
    lasts = dice.uniform(0.1, 0.5 if is_early else 3)
    if kind == "deadline":
        lasts = dice.uniform(0.3, 0.6 * seconds)
    if kind.endswith("full") and dice.random() < 0.7:
        lasts = float("inf")
    lasting = ["server-kill", "net-stall", "token-removed", "token-truncated"]
    if not is_early and kind in lasting and dice.random() < 0.2:
        lasts = float("inf")
    return Blow(kind, when, share, lasts, dice.randrange(1000))
