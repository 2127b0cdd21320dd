"""Storages with everything in them that a list can run into, the list, and what is on disk before and after."""

import gzip
import json
import os
import random
import stat

TOP = "/store/unmerged/chaos"
# Names that something on the way could take for others.
ODD = ["a b", "a+b", "a%20b", "a%2520b", "a%2Fb", "a#b", "a&b=c", "a;b", "a'b", "a\"b", "a\\b", "-rf", "~a", "a*",
       "$HOME", "`a`", "a : [SUCCESS] ", "日本", "u\u0308", "\u00fc", "..a", "a..", "a?b"]
# A file's kind, size, number and time; of a directory only its kind.
Stamp = tuple[int, ...]


class Tree:
    """Below ``TOP``, each file in one of the storages."""

    def __init__(self, storages: list[str], files: int, dice: random.Random, is_easy: bool, may_forbid: bool):
        self._storages = storages
        self._dice = dice
        # Each listed name and its kind: file, odd, missing, empty, full, protected, forbidden, unsafe.
        self.listed: dict[str, str] = {}
        self.protected: list[str] = []
        self._plain(files)
        if is_easy:
            self.protected.append("/store/unmerged/other")
        else:
            self._odd()
            self._directories()
            self._protected()
            self._unsafe()
            if may_forbid:
                self._forbidden()
        for name in ["/store/unmerged/other/f.root", "/store/mc/f.root", TOP + "/f.root", TOP + "x/f.root"]:
            self._make(name)
        self.order = list(self.listed)
        dice.shuffle(self.order)

    def write_lists(self, directory: str) -> tuple[list[str], str]:
        """Writes the list in two parts of any forms, and the protected list."""
        dice = self._dice
        cut = dice.randrange(1, len(self.order))
        paths = []
        for index, names in enumerate([self.order[:cut], self.order[cut:]]):
            form = dice.choice(["lines", "array", "objects"])
            text = json.dumps(names) if form == "array" else "".join(
                (name if form == "lines" else json.dumps({"lfn": name})) + "\n" for name in names)
            data = text.encode()
            path = os.path.join(directory, f"list-{index}.{form}")
            with open(path, "wb") as file:
                file.write(gzip.compress(data) if dice.random() < 0.3 else data)
            paths.append(path)
        protected = os.path.join(directory, "protected")
        with open(protected, "w") as file:
            file.write("".join(name + "\n" for name in self.protected))
        return paths, protected

    def stamps(self) -> dict[str, Stamp]:
        """Everything in the storages: files by their names, directories by name and storage."""
        found: dict[str, Stamp] = {}
        directories = [(index, "/store") for index in range(len(self._storages))]
        while directories:
            index, directory = directories.pop()
            for entry in os.scandir(self._storages[index] + directory):
                name, facts = f"{directory}/{entry.name}", entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(facts.st_mode):
                    found[f"{name}/ in storage {index}"] = (stat.S_IFDIR,)
                    directories.append((index, name))
                else:
                    found[name] = (
                        stat.S_IFMT(facts.st_mode), index, facts.st_size, facts.st_ino, facts.st_mtime_ns)
        return found

    def _add(self, name: str, kind: str) -> None:
        if kind not in ("missing", "empty", "full", "unsafe"):
            self._make(name)
        self.listed[name] = kind

    def _directory(self, name: str, storage: str) -> None:
        owner = os.stat(storage + "/store")
        path = storage
        for part in name.split("/")[1:]:
            path += "/" + part
            if not os.path.isdir(path):
                os.mkdir(path)
                os.chown(path, owner.st_uid, owner.st_gid)

    def _make(self, name: str) -> None:
        storage = self._dice.choice(self._storages)
        owner = os.stat(storage + "/store")
        self._directory(name.rpartition("/")[0], storage)
        with open(storage + name, "w") as file:
            file.write(name)
        os.chown(storage + name, owner.st_uid, owner.st_gid)

    def _plain(self, files: int) -> None:
        era = TOP + "/Run2026A/Dataset/RAW/v1"
        for index in range(files):
            block = f"{era}/{index % max(1, files // 50):06d}"
            kind = self._dice.choices(["file", "missing", "unlisted"], [8, 2, 1])[0]
            name = f"{block}/{self._dice.getrandbits(64):016x}.root"
            if kind == "unlisted":
                self._make(name)
            else:
                self._add(name, kind)

    def _odd(self) -> None:
        for index, name in enumerate(self._dice.sample(ODD, 8)):
            self._add(f"{TOP}/odd/there-{index}/{name}", "odd")
            for other in sorted({name + "x", name[:-1], name + ".b", "a"} - {name, "", ".", ".."}):
                self._make(f"{TOP}/odd/there-{index}/{other}")

    def _directories(self) -> None:
        for index in range(4):
            empty, full = f"{TOP}/directories/empty-{index}", f"{TOP}/directories/full-{index}"
            self._directory(empty, self._dice.choice(self._storages))
            self._add(empty, "empty")
            self._make(full + "/within/unlisted.root")
            self._add(full + "/listed.root", "file")
            self._add(full, "full")

    def _protected(self) -> None:
        for index in range(4):
            below = f"{TOP}/protected/below-{index}"
            self.protected.append(below)
            self._add(below + "/f.root", "protected")
            self._add(f"{below}x/f.root", "file")
        at = TOP + "/protected/at.root"
        self.protected += [at, TOP + "/protected/above/within/f.root"]
        self._add(at, "protected")
        self._make(TOP + "/protected/above/within/f.root")
        self.listed[TOP + "/protected/above"] = "protected"

    def _unsafe(self) -> None:
        for name in [
            "/store/mc/f.root", "/store/unmerged", TOP + "/../other/f.root", TOP + "//f.root", TOP + "/./f.root",
            "store/unmerged/f.root", TOP + "x/", TOP + "/%2E%2E/f.root", "/store/unmergedx/f.root",
        ]:
            self._add(name, "unsafe")

    def _forbidden(self) -> None:
        for index in range(5):
            self._add(f"{TOP}/forbidden/f-{index}.root", "forbidden")
        for storage in self._storages:
            directory = f"{storage}{TOP}/forbidden"
            self._directory(TOP + "/forbidden", storage)
            os.chown(directory, 0, 0)
            os.chmod(directory, 0o555)
