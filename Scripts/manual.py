#!/usr/bin/env python3
"""Writes the manual page of an executable, in mdoc(7), from what the executable says of itself.

Usage: Scripts/manual.py EXECUTABLE > NAME.1

The page has the same words as `--help`: both come from the declarations of the commands.
"""

import json
import re
import subprocess
import sys

EXIT_CODE = re.compile(r"^\s+(\d+)\s+(.*)$")


def escaped(text: str) -> str:
    """Text as mdoc takes it within a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def sentences(text: str) -> list[str]:
    """Text with each sentence on a line of its own, as mdoc wants it."""
    return [escaped(line) for line in re.sub(r"([.!?]) +(?=\S)", r"\1\n", " ".join(text.split())).split("\n")]


def word(text: str) -> str:
    """One argument of a macro."""
    text = escaped(text).replace('"', "\\(dq")
    return f'"{text}"' if " " in text or not text else text


def paragraphs(text: str) -> list[str]:
    """A text of --help: whole paragraphs are filled, indented lines stay as they are."""
    lines = []
    for part in text.split("\n\n"):
        rows = part.strip("\n").split("\n")
        lines.append(".Pp")
        is_open = False
        for row in rows:
            if row.startswith(" ") and not is_open:
                lines.append(".Bd -literal -offset indent -compact")
            if not row.startswith(" ") and is_open:
                lines.append(".Ed")
            is_open = row.startswith(" ")
            if row.strip() and is_open:
                lines.append(escaped(row.expandtabs(8)[2:]))
            elif row.strip():
                lines += sentences(row)
        if is_open:
            lines.append(".Ed")
    return lines


def names(argument: dict) -> str:
    """The names of an option, and what is its value."""
    found = []
    for name in argument.get("names") or []:
        dash = "-" if name["kind"] == "short" else "--"
        found.append(dash + name["name"])
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        return f"<{value}>"
    suffix = f" <{value}>" if argument["kind"] == "option" else ""
    return ", ".join(found) + suffix


def options(command: dict) -> list[str]:
    """What a command takes, each with what it does."""
    lines = []
    for argument in command.get("arguments") or []:
        if not argument.get("shouldDisplay", True):
            continue
        lines.append(f".It {word(names(argument))}")
        text = " ".join((argument.get("abstract") or "").split())
        if argument.get("discussion"):
            text += " " + " ".join(argument["discussion"].split())
        if argument.get("defaultValue"):
            text += f" (default: {argument['defaultValue']})"
        if argument.get("allValues"):
            text += f" (values: {', '.join(argument['allValues'])})"
        if text.strip():
            lines += sentences(text)
    return [".Bl -tag -width Ds", *lines, ".El"] if lines else []


def commands(command: dict, path: str) -> list[str]:
    """A section for each command below this one."""
    lines = []
    for child in command.get("subcommands") or []:
        if not child.get("shouldDisplay", True) or child["commandName"] == "help":
            continue
        name = f"{path} {child['commandName']}"
        lines += [f".Ss {escaped(name)}", *sentences(child.get("abstract") or "")]
        if child.get("discussion"):
            lines += paragraphs(child["discussion"])
        lines += options(child) + commands(child, name)
    return lines


def page(executable: str) -> str:
    """The whole page."""
    dump = subprocess.run([executable, "--experimental-dump-help"], check=True, capture_output=True, text=True)
    command = json.loads(dump.stdout)["command"]
    name = command["commandName"]
    discussion = command.get("discussion") or ""
    head, _, codes = discussion.partition("Exit codes:\n")
    statuses = [EXIT_CODE.match(row.expandtabs(8)) for row in codes.split("\n\n")[0].split("\n")]
    rest = "\n\n".join(codes.split("\n\n")[1:])
    lines = [
        # No date: two builds of one commit give the same page.
        ".Dd $Mdocdate$", f".Dt {name.upper()} 1", ".Os", ".Sh NAME", f".Nm {name}",
        f".Nd {escaped((command.get('abstract') or '').strip().rstrip('.'))}",
        ".Sh SYNOPSIS", f".Nm {name}", ".Ar command", ".Op Ar option ...", ".Sh DESCRIPTION",
    ]
    lines += paragraphs(head.strip())[1:]
    if rest.strip():
        lines += paragraphs(rest.strip())
    lines += options(command)
    lines += [".Sh COMMANDS", *commands(command, name)]
    if any(statuses):
        lines += [".Sh EXIT STATUS", ".Bl -tag -width Ds"]
        for status in filter(None, statuses):
            lines += [f".It {status[1]}", *sentences(status[2])]
        lines.append(".El")
    other = "swab-submit" if name == "swab" else "swab"
    lines += [".Sh SEE ALSO", f".Xr {other} 1"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: manual.py EXECUTABLE")
    sys.stdout.write(page(sys.argv[1]))
