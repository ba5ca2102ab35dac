"""The AppleScript files, read as text: nobody here can compile them, so what can be checked without a Mac is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from deskhand_executor.backends.macos.osascript import APPLICATIONS, SCRIPTS, application_of

FILES = sorted(SCRIPTS.glob("*.applescript"))

_RESERVED = """
about above after against and apart around as aside at back before beginning behind below beneath beside between but by
considering contain contains continue copy div does eighth else end equal equals error every exit false fifth first for
fourth from front get given global if ignoring in instead into is it its last local me middle mod my ninth not of on
onto or out over prop property put ref reference repeat return returning script second set seventh since sixth some tell
tenth that the then third through thru timeout times to transaction true try until use where while whose with without
"""
_CLASSES = """
item items list lists number numbers integer real text string date record file alias application class character
characters word words paragraph paragraphs boolean reference script folder folders note notes account accounts event
events calendar calendars reminder reminders person people message messages attendee attendees name body content
"""
RESERVED, CLASSES = frozenset(_RESERVED.split()), frozenset(_CLASSES.split())
"""What an application or AppleScript itself means something else by."""
BLOCKS = ("tell", "if", "repeat", "try", "with timeout", "considering", "on")
FORBIDDEN = ("do shell script", "run script", "load script", "system events", "keystroke", 'date "', "store script")


class Fault(Exception):
    """`line` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")


@dataclass
class Script:
    """`takes` are the arguments that its head names, `arguments` the highest item of argv that it reads by number."""

    takes: list[str] = field(default_factory=list)
    handlers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    calls: set[tuple[str, int]] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    applications: set[str] = field(default_factory=set)
    read: set[int] = field(default_factory=set)
    reads_rest: bool = False


def statements(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, code, code with the insides of texts cut out) of what is no comment."""
    for number, line in enumerate(text.splitlines(), 1):
        code = line.strip()
        if not code or code.startswith("--"):
            continue
        bare = re.sub(r'"[^"]*"', '""', code)
        if bare.count('"') % 2 or "--" in bare or "¬" in bare or "(*" in bare:
            raise Fault(number, "a text that does not end, a comment behind code, or a line that goes on")
        yield number, code, bare


def parse(text: str) -> Script:
    """Raises Fault where blocks, brackets or names do not hold together."""
    script, open_blocks, bodies = Script(), [], {}
    head = re.search(r"^-- argv: (.+)$", text, re.MULTILINE)
    if head is None:
        raise Fault(1, "it does not say what it takes")
    script.takes = head[1].split(", ")
    for number, code, bare in statements(text):
        for opening, closing in ("()", "{}"):
            if bare.count(opening) != bare.count(closing):
                raise Fault(number, f"{opening} without {closing}")
        for word in FORBIDDEN:
            if word in code.casefold():
                raise Fault(number, f"{word} is not for these scripts")
        if (ended := re.fullmatch(r"end ?(.*)", bare)) is not None:
            if not open_blocks:
                raise Fault(number, "end without a beginning")
            kind, name = open_blocks.pop()
            if ended[1] != (name if kind == "on" else kind.removeprefix("with ")):
                raise Fault(number, f"end {ended[1]} ends {kind} {name}")
            continue
        if re.match(r"else\b|on error\b", bare):
            if not open_blocks or open_blocks[-1][0] != ("try" if bare.startswith("on") else "if"):
                raise Fault(number, f"{bare} outside of its block")
            continue
        if handler := re.fullmatch(r"on (\w+)\((.*)\)|on run argv", bare):
            if open_blocks:
                raise Fault(number, "a handler in a block")
            name = handler[1] or "run"
            if name in script.handlers:
                raise Fault(number, f"{name} is there twice")
            open_blocks.append(("on", name))
            bodies[name] = ""
            parameters = [part.strip() for part in (handler[2] or "argv").split(",")]
            script.parameters[name] = len(parameters)
            script.variables |= set(parameters)
        elif not open_blocks:
            raise Fault(number, "outside of a handler")
        elif kind := _block(bare):
            open_blocks.append((kind, ""))
        for block, name in open_blocks[:1]:
            if block == "on":
                bodies[name] += code + "\n"
        _names(script, code, bare)
    if open_blocks:
        raise Fault(len(text.splitlines()), f"{open_blocks[-1][0]} does not end")
    script.handlers = bodies
    return script


def _block(bare: str) -> str | None:
    """The block that a statement opens, None for one that is complete on its line."""
    kind = next((kind for kind in BLOCKS if re.match(rf"{kind}\b", bare)), None)
    if kind == "if":
        return kind if bare.endswith("then") else None
    if kind == "tell":
        return None if re.search(r"\bto (?:make|set|delete|activate|send)\b", bare) else kind
    return None if kind in (None, "on") else kind


def _names(script: Script, code: str, bare: str) -> None:
    script.applications |= set(re.findall(r'tell application "([^"]+)"', code))
    for call in re.finditer(r"\bmy (\w+)\(", bare):
        script.calls.add((call[1], _arguments(bare[call.end() :])))
    script.variables |= set(re.findall(r"\bset (\w+) to\b", bare)) | set(re.findall(r"\brepeat with (\w+) in\b", bare))
    if caught := re.match(r"on error(?: (?!number\b)(\w+))?(?: number (\w+))?", bare):
        script.variables |= {name for name in caught.groups() if name}
    script.read |= {int(n) for n in re.findall(r"\bitem (\d+) of argv", bare)}
    for first, last in re.findall(r"\bitems (\d+) thru (-?\d+) of argv", bare):
        script.read |= set(range(int(first), int(last) + 1)) if int(last) > 0 else {int(first)}
        script.reads_rest |= int(last) < 0
    if sliced := re.findall(r"\bmy slice\(argv, (\d+)", bare):
        script.read |= {int(n) for n in sliced}
        script.reads_rest |= "(count of argv)" in bare


def _arguments(rest: str) -> int:
    """How many there are up to the bracket that closes the call."""
    depth, commas = 1, 0
    for sign in rest:
        depth += (sign in "({") - (sign in ")}")
        commas += sign == "," and depth == 1
        if depth == 0:
            break
    return commas + 1


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def script(file: Path) -> Script:
    return parse(file.read_text(encoding="ascii"))


def test_script_reads_every_argument_and_no_other(script: Script) -> None:
    open_ended = script.takes[-1].endswith("...")
    assert script.takes[:2] == ["boundary", "timeout"]
    assert script.read == set(range(1, len(script.takes) + 1))
    assert script.reads_rest == open_ended


def test_script_drives_the_application_that_it_is_named_after(script: Script, file: Path) -> None:
    assert script.applications == {application_of(file.stem)}
    assert application_of(file.stem) in APPLICATIONS


def test_script_starts_the_application_and_gives_up_in_time(script: Script) -> None:
    main = script.handlers["run"]
    assert main.index("with timeout of patience seconds") < main.index("tell application") < main.index("\nlaunch\n")
    assert 'text item delimiters to "' not in main


def test_script_joins_its_results_by_the_boundary_that_it_was_given(script: Script) -> None:
    last = script.handlers["run"].splitlines()[-1]
    assert last.startswith("return my joined(boundary, ")


def test_script_has_every_handler_that_it_calls_and_no_other(script: Script) -> None:
    assert {**dict(script.calls), "run": 1} == script.parameters
    assert len(dict(script.calls)) == len(script.calls)


def test_no_variable_has_a_name_that_means_something_else(script: Script) -> None:
    assert not {name for name in script.variables if name.casefold() in RESERVED | CLASSES}


def test_handlers_of_one_name_are_the_same_wherever_they_are() -> None:
    seen: dict[str, str] = {}
    for file in FILES:
        for name, body in parse(file.read_text()).handlers.items():
            if name not in ("run", "fingerprint"):
                assert seen.setdefault(name, body) == body, f"{name} in {file.stem}"


def test_today_serves_as_a_start_for_dates_and_for_nothing_else() -> None:
    for file in FILES:
        for name, body in parse(file.read_text()).handlers.items():
            assert name == "moment" or "current date" not in body, file.stem


def test_day_is_first_before_the_month_changes() -> None:
    body = parse((SCRIPTS / "calendar_create.applescript").read_text()).handlers["moment"].splitlines()
    order = [re.match(r"set (\w+) of theDate", line) for line in body]
    assert [match[1] for match in order if match] == ["day", "year", "month", "day", "hours", "minutes", "seconds"]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ('on run argv\n\ttell application "Mail"\n\t\tlaunch\nend run', "ends tell"),
        ("on run argv\n\tif 1 is 1 then\n\tend repeat\nend run", "ends if"),
        ("on run argv\n\ttry\n\t\telse\n\tend try\nend run", "outside of its block"),
        ('on run argv\n\tdo shell script "rm " & item 1 of argv\nend run', "do shell script"),
        ("on run argv\n\trun script (item 1 of argv)\nend run", "run script"),
        ('on run argv\n\tset theDate to date "12 March 2026"\nend run', 'date "'),
        ("on run argv\n\tset theList to {1, (2}\nend run", "( without )"),
        ('on run argv\n\tset theText to "open\nend run', "does not end"),
        ("set theText to 1", "outside of a handler"),
        ("on run argv\nend run\nend run", "without a beginning"),
        ("on run argv\n\trepeat with theItem in {1}\nend run", "ends repeat"),
        ("on run argv", "on does not end"),
    ],
)
def test_checker_finds_the_fault(code: str, what: str) -> None:
    with pytest.raises(Fault, match=re.escape(what)):
        parse(f"-- argv: boundary\n{code}\n")
