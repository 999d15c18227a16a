"""What a fuzzer says: texts that break things, URLs, selectors, documents and command lines made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from okrseed.options import headless_parser
from okrseed.targets.parameters import KNOWN

SECRET = "Zq7-Vk9_Xw3"
"""The password of every URL that has one; nothing that is printed may hold it."""

_LONG = (
    *("9" * 5_000, "A" * 5_000, "../" * 2_000, "%41" * 3_000, "://x:" * 20_000, "'" * 100_000, "x" * 10_000_000),
    *("\u202e" * 1_000_000, "*" * 5_000, "[" * 5_000, "+" * 5_000, "," * 5_000, "*a" * 500, "okrs " * 5_000),
    *("[!" + "a-" * 5_000 + "]", "a = " + "[" * 100_000, "[" + "a." * 500_000 + "a]", "a." * 500_000 + "a = 1"),
    *("a = " + "{a=" * 50_000, "jobs = " + "9" * 10_000, "jobs = 1" + "_0" * 5_000, "#" + "x" * 10_000_000),
    *('seed = "' + "x" * 900_000 + '"', '"' + "x" * 900_000 + '" = 1', "[a]\n" * 200_000, "A=${A}${A}\n" * 60),
    *("workspaces = [" + '"x",' * 200_000 + "]", "[[okr.workspaces]]\nname='a'\nteams=['b']\n" * 20_000),
    "okr.workspaces = [" + ",".join(f"{{name='w{n}',teams=['t{n}']}}" for n in range(20_000)) + "]",
    "okr.pillars = [" + ",".join(f"'p{n}'" for n in range(80_000)) + "]",
    "A=x\n" + "A=${A}${A}\n" * 60,
    "A=x\n" + "A=${A}${A}\n" * 60 + "DATABASE_URL=${A}",
)
_PRIVATE = 0xE000
_FULL = {_PRIVATE + place: text for place, text in enumerate(_LONG)}


def full(text: str) -> str:
    """The text that is meant: for long ones a private character stands, so that findings can be read."""
    return text.translate(_FULL)


HUGE = st.sampled_from([chr(code) for code in _FULL])

_PIECES = (
    *(
        "",
        " ",
        "'",
        '"',
        ";",
        "`",
        "\\",
        "/",
        "//",
        "..",
        "?",
        "&",
        "=",
        "#",
        "@",
        ":",
        ",",
        "+",
        "*",
        "[",
        "]",
        "{",
        "}",
    ),
    *("%", "%%", "%s", "%n", "%00", "%0a", "%1b", "%2f", "%40", "%ff", "%e2%80%ae", "%zz", "{0}", "${HOME}", "$(id)"),
    *(
        "\0",
        "\n",
        "\r",
        "\t",
        "\x1b[31m",
        "\x1b]0;x\x07",
        "\x7f",
        "\x85",
        "\x9b",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\ud800",
    ),
    *(
        "\udcff",
        "\u2028",
        "\U000e0001",
        "é",
        "日本",
        "🎉",
        "٣",
        "⁹",
        "[bold]",
        "[/]",
        "-",
        "--",
        "-1",
        "0",
        "1",
        "1e9",
        "inf",
    ),
    *("nan", "99999999999999999999", "\ue000", "\ue001", "true", "null", "'; DROP TABLE users; --", "../../etc/passwd"),
    *(f"postgresql://ada:{SECRET}@127.0.0.1:1/db", "--json", "--help", "2026-11-22", "0001-01-01", "9999-12-31"),
)
PIECES = st.sampled_from(_PIECES)
TEXTS = st.one_of(PIECES, PIECES, st.text(max_size=30), st.lists(PIECES, max_size=5).map("".join))


@st.composite
def mostly(draw: st.DrawFn, usual: st.SearchStrategy[Any], others: st.SearchStrategy[Any], one_in: int) -> Any:
    """One thing, and now and then another."""
    return draw(others if draw(st.integers(1, one_in)) == one_in else usual)


ALMOST_ANY = mostly(TEXTS, HUGE, 30)


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[str], most: int = 3) -> str:
    """A text that is nearly right: pieces put in, cut out or put in place of others."""
    text = draw(originals)
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(TEXTS) + text[at + draw(st.sampled_from((0, 0, 1, 2, 10_000))) :]
    return text


# URLs. No host leads away from this machine, and no port has a database behind it.

_PARAMETERS = st.tuples(st.sampled_from(sorted(KNOWN)), TEXTS).map(lambda pair: f"{pair[0]}={pair[1]}")
_HOSTS = (
    "127.0.0.1:1",
    "localhost:1",
    "[::1]:1",
    "127.0.0.1:1,127.0.0.1:2",
    "%2Fnowhere:1",
    "",
    "127.1:1",
    "@x",
    "[::1",
)


@st.composite
def _postgres(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(("postgresql", "postgres", "postgresql+psycopg", "POSTGRES", "prisma", "mysql")))
    credentials = draw(st.sampled_from(("", "ada@", f"ada:{SECRET}@", f":{SECRET}@")))
    path = draw(st.sampled_from(("/library", "/", "", "/a/b", "/li%20brary", "/prod")))
    query = "&".join(draw(st.lists(_PARAMETERS, max_size=3)))
    return f"{scheme}://{credentials}{draw(st.sampled_from(_HOSTS))}{path}{'?' if query else ''}{query}"


_FILES = st.sampled_from(
    ("sqlite:///there.db", "sqlite:///missing.db", "sqlite:///garbage.db", "sqlite:///blocked/x.db", "file:there.db",
     "sqlite:///:memory:", "sqlite:////dev/null", "sqlite:///.", "sqlite:///%74here.db", "sqlite+pysqlite:///empty.db")
)  # fmt: skip
URLS = st.one_of(mutated(st.one_of(_postgres(), _FILES)), ALMOST_ANY)
_OUTSIDE_PASSWORD = TEXTS.filter(lambda text: not set(text) & set("/?#@"))


@st.composite
def urls_with_password(draw: st.DrawFn) -> str:
    """A URL whose password stands where one stands, whatever is before and after it."""
    rest = draw(mutated(st.sampled_from(_HOSTS))) + draw(mutated(st.sampled_from(("/library", "/", "?sslmode=x", ""))))
    return f"postgresql://ada{draw(_OUTSIDE_PASSWORD)}:{SECRET}@{rest}"


# Selectors.

_NAMES = (
    "okrs",
    "people",
    "tenant",
    "teams",
    "check-ins",
    "requests",
    "tag:people",
    "tag:",
    "ok*",
    "*",
    "?krs",
    "[o]krs",
)
_TERMS = st.tuples(
    st.sampled_from(("", "+", "2+", "0+", "99999999+", "٣+", "⁹+", "-1+", "++")),
    mostly(st.sampled_from(_NAMES), TEXTS, 5),
    st.sampled_from(("", "+", "+1", "+0", "+x", "+99999999", "++")),
).map("".join)
SELECTORS = st.one_of(
    st.lists(st.lists(_TERMS, max_size=3).map(",".join), max_size=4).map(" ".join),
    mutated(st.sampled_from(("+okrs", "okrs+ people", "2+okrs,tag:people", "* ?* [a-z]*"))),
    ALMOST_ANY,
)


# Configuration files.

_KEYS = (
    *("database", "profile", "blueprint", "size", "environment", "select", "exclude", "seed", "as_of", "jobs", "batch"),
    *(
        "retries",
        "workspaces",
        "roll_cycles",
        "okr",
        "profiles",
        "allow_remote",
        "yes",
        "remember",
        "confirmed",
        "nmae",
    ),
)
_GOOD: Mapping[str, Any] = {
    "database": "sqlite:///missing.db", "profile": "ci", "blueprint": "okr", "size": "tiny", "environment": "test",
    "select": "+okrs", "exclude": "requests", "seed": "s", "as_of": "2025-11-21", "jobs": 2, "workspaces": ["sales"],
    "roll_cycles": True, "profiles": {"ci": {"size": "tiny"}}, "okr": {"name": "Acme", "slug": "acme"},
}  # fmt: skip
_VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.floats(), st.booleans()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.one_of(st.sampled_from(_KEYS), TEXTS), inner, max_size=3)
    ),
    max_leaves=6,
)
_WORKSPACE = st.fixed_dictionaries(
    {"name": TEXTS, "teams": st.lists(TEXTS, max_size=3)},
    optional={
        "leads": st.sampled_from((0, 2, -1, 2.5, True)),
        "members": st.sampled_from((1, 5, 99999999)),
        "x": _VALUES,
    },
)
_OKR = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("name", "slug", "domain"), st.one_of(TEXTS, _VALUES)),
        "pillars": st.lists(TEXTS, max_size=3),
        "workspaces": st.lists(_WORKSPACE, max_size=3),
    },
)


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly a table that would do, with something wrong in it."""
    chosen = draw(st.lists(st.sampled_from(sorted(_GOOD)), max_size=5, unique=True))
    table = {name: _GOOD[name] for name in chosen}
    if draw(st.booleans()):
        table["okr"] = draw(_OKR)
    if draw(st.booleans()):
        table[draw(st.one_of(st.sampled_from(_KEYS), TEXTS))] = draw(_VALUES)
    if draw(st.booleans()):
        table["profiles"] = {draw(TEXTS): draw(_VALUES), "ci": dict(table)}
    return table


def toml(value: Any) -> str:
    """A value as TOML: JSON's texts are TOML's basic ones, but for the pairs of surrogates, which make it invalid."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


_WRITTEN = _tables().map(
    lambda table: "\n".join(f"{json.dumps(name)} = {toml(value)}" for name, value in table.items())
)
_MONSTERS = st.sampled_from(
    ("as_of = 0000-00-00", "as_of = 2025-02-30T99:99:99Z", "jobs = 1e999",
    "\ufeffsize = 'tiny'", "size = 'tiny'\r", "size = '\x1b'",
     "[[okr]]", "[okr.okr]", "profiles = 3", "profile = 'a'\n[profiles]\na = 3", "okr = 3",
     "[profiles.ci.ci]", "''' \\u202e",
     'size = "\\u202e"', 'size = "\\ud800"', '"\\u001b[31m" = 1', '[profiles."\\u001b[31m"]', '[okr]\n"\\u202e" = 1')
)  # fmt: skip
DOCUMENTS = mostly(mutated(_WRITTEN), st.one_of(ALMOST_ANY, HUGE, _MONSTERS, st.binary(max_size=200)), 4)


def written(document: str | bytes) -> bytes:
    """The bytes of a document."""
    return document if isinstance(document, bytes) else full(document).encode(errors="surrogatepass")


# Command lines. The options are those that the program itself lists, so a new one is tried from its first day.


@dataclass(frozen=True)
class Option:
    """An option as `--help` shows it; `metavar` is empty where it takes no value."""

    name: str
    metavar: str


_LISTED = re.compile(r"^  (?:-h, )?(--[a-z-]+)(?: \[?([A-Z/]+)\]?| \{([^}]*)\})?", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A command of the program and its options."""

    name: str
    options: tuple[Option, ...] = field(repr=False)


def _help(*arguments: str) -> str:
    import contextlib
    import io

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        headless_parser().parse_args([*arguments, "--help"])
    return shown.getvalue()


def commands() -> Sequence[Command]:
    """Every command there is."""
    names = re.findall(r"^    ([a-z]+) ", _help(), re.MULTILINE)
    assert {"plan", "run", "purge", "stages", "verify", "doctor", "schema"} <= set(names)
    made = []
    for name in names:
        listed = _LISTED.findall(_help(name))
        made.append(Command(name, tuple(Option(option, metavar or choices) for option, metavar, choices in listed)))
        assert Option("--database", "URL") in made[-1].options
    return made


COMMANDS = commands()
_PATHS = TEXTS.map(lambda text: f"blocked/below/{text}")
"""No file can be made there: `blocked` is a file itself."""


def _value(option: Option) -> st.SearchStrategy[str]:
    if option.name == "--config":
        return st.one_of(
            st.sampled_from(("okrseed.toml", "garbage.db", "there.db", ".", "missing.toml")), TEXTS, _PATHS
        )
    if option.name == "--database":
        return URLS
    if option.metavar in ("FILE", "PATH"):
        return _PATHS
    if option.metavar == "SELECTOR":
        return SELECTORS
    if option.metavar.islower():
        return st.one_of(st.sampled_from(option.metavar.split(",")), ALMOST_ANY)
    good = {
        "--size": "tiny",
        "--workspace": "sales,support",
        "--environment": "test",
        "--as-of": "2025-11-21",
        "--seed": "s",
    }
    return st.one_of(st.sampled_from((good.get(option.name, "1"), "1")), ALMOST_ANY)


@st.composite
def command_lines(draw: st.DrawFn) -> tuple[str, ...]:
    """A command with some of its options, hostile values, and words where none belong; the test adds `--database`."""
    command = draw(st.sampled_from(COMMANDS))
    words = [command.name, *(["check"] if command.name == "schema" and draw(st.integers(0, 9)) else [])]
    for option in draw(st.lists(st.sampled_from([one for one in command.options if one.name != "--help"]), max_size=5)):
        if not option.metavar:
            words.append(option.name)
        elif draw(st.integers(0, 9)):
            value = draw(_value(option))
            words += (
                [f"{option.name}={value}"] if draw(st.booleans()) or value.startswith("-") else [option.name, value]
            )
        else:
            words.append(option.name)
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        words.insert(draw(st.integers(0, len(words))), draw(TEXTS))
    return tuple(words)
