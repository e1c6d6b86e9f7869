"""docs/script-reference.md, from the tables: each function that a script may call, variables and transformations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.routing.script.table import ANY, Function
from txdispatcher.routing.script.texts import PARENTHESES, VARIABLES, WRITABLE
from txdispatcher.routing.transformations import TRANSFORMATIONS

_HEAD = """\
# What scripts can call

Scripts of every kind call these functions under the same names: Kamailio configuration files (`kamailio_cfg`,
`--kamailio-cfg`) and Python. They mean what they do in Kamailio 5.6, and return what they do there: above 0 is true, below is
false, 0 ends the script. This file is made by `scripts/script-reference` from the tables of functions and variables.

What stands in brackets may be left out. **In** says from what kind of route a function may be called (request, failure, reply,
branch, event); from another it is an error when the script is loaded. What a script names and is not here is an error with
file and line as well.
"""


def reference() -> str:
    """The text of the file."""
    lines = [_HEAD]
    listed = sorted((each for each in FUNCTIONS.values() if not each.alias_of), key=lambda each: (each.module, each.name))
    for module, found in groupby(listed, key=lambda each: each.module):
        lines += _section(module, found)
    lines += [
        "## Variables\n",
        f"Of a request, as Kamailio writes them: {_names(f'${each}' for each in sorted(set(VARIABLES)))};",
        "of a header `$hdr(NAME)`; and those that a script fills itself: `$var(NAME)`, `$avp(NAME)`, `$xavp(NAME=>FIELD)`,",
        "`$sht(TABLE=>KEY)`, and `$shv(NAME)`, which all requests share. With a name in parentheses:",
        f"{_names(f'${each}' for each in sorted(PARENTHESES))}. `$def(NAME)`, `$defn(NAME)`, `$cfg(line)`, `$cfg(file)` and",
        "`$cfg(route)` say what the configuration file does. An index may be a variable: `$(avp(x)[$var(i)])`.",
        "In the arguments of functions variables stand for their values; a string in an expression of a Kamailio file is as it",
        'is written, as in Kamailio: `"sip:" + $rU`, or `$_s(sip:$rU)`.',
        f"What has no value is `$null`. Besides the latter, these can be written: {_names(f'${each}' for each in WRITABLE)};",
        "`$(avp(x)[*]) = 1` puts one value in the place of all, `$xavp(x) = $null` takes the newest away, `$xavp(x[*])` all.\n",
        "## Transformations\n",
        f"`$(ru{{uri.host}}{{s.len}})`: {_names(f'{{{each}}}' for each in sorted(TRANSFORMATIONS))}.\n",
    ]
    return "\n".join(lines)


def _section(module: str, found: Iterable[Function]) -> Iterator[str]:
    yield f"## {module or 'core'}\n"
    yield "| function | in | |\n|---|---|---|"
    for each in found:
        others = [other.name for other in FUNCTIONS.values() if other.alias_of == each.name]
        also = f" Also {_names(f'{name}()' for name in sorted(others))}." if others else ""
        about = " ".join(each.about.split()).replace("``", "`").replace("|", "\\|")
        kinds = "any" if each.kinds >= set(ANY) else ", ".join(kind for kind in ANY if kind in each.kinds)
        yield f"| `{each.shown}` | {kinds} | {about}{also} |"
    yield ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
