"""Bearer tokens in a file. Their signature is a word that the server knows."""

import base64
import itertools
import json
import contextlib
import os
import time

# What a whole token looks like to the server: one that is cut short is none.
PATTERN = "[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.]valid-[0-9]+-end"


class TokenFile:
    def __init__(self, path: str):
        self.path = path
        self._numbers = itertools.count(1)
        self.replace()

    def replace(self) -> None:
        """Another good token in its place, by rename."""
        claims = {
            "iss": "https://chaos.example.org", "sub": "chaos", "exp": int(time.time()) + 7200,
            "scope": "storage.modify:/ storage.read:/"}
        number = next(self._numbers)
        text = f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.valid-{number}-end\n"
        with open(os.open(self.path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        os.rename(self.path + ".new", self.path)

    def truncate(self, length: int) -> None:
        """Cuts it short in its place, if it has not been removed or cut before."""
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.path, max(0, min(length, os.path.getsize(self.path) - 2)))

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)


def _part(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
