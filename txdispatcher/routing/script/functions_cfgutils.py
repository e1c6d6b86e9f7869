"""Functions of the module cfgutils: flags of all requests, chance, and hashes."""

from __future__ import annotations

import random

from txdispatcher.balancing.hashing import ds_hash
from txdispatcher.routing.script.functions_core import bit
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, function

TRUE, FALSE = 1, -1


@function("cfgutils")
def set_gflag(run: Run, flag: int) -> int:
    """Set a flag that all requests share."""
    run.shared.modules.gflags |= bit(flag)
    return TRUE


@function("cfgutils")
def reset_gflag(run: Run, flag: int) -> int:
    """Take it back."""
    run.shared.modules.gflags &= ~bit(flag)
    return TRUE


@function("cfgutils")
def is_gflag(run: Run, flag: int) -> int:
    """Whether it is set."""
    return TRUE if run.shared.modules.gflags & bit(flag) else FALSE


@function("cfgutils")
def rand_set_prob(run: Run, probability: int) -> int:
    """The probability of rand_event(), in per cent. False where it is none."""
    if not 0 <= probability <= 100:
        return FALSE
    run.shared.modules.probability = probability
    return TRUE


@function("cfgutils")
def rand_reset_prob(run: Run) -> int:
    """That of `initial_probability` again."""
    run.shared.modules.probability = run.shared.modules.settings.cfgutils.initial_probability
    return TRUE


@function("cfgutils")
def rand_get_prob(run: Run) -> int:
    """The probability of rand_event(), in per cent. A probability of 0 ends the script."""
    return run.shared.modules.probability


@function("cfgutils")
def rand_event(run: Run) -> int:
    """True by chance."""
    return TRUE if random.randrange(100) < run.shared.modules.probability else FALSE


@function("cfgutils", ANY, "trylock", "unlock")
def lock(run: Run, key: bytes) -> int:
    """Nothing is to be locked: a route is never interrupted by another."""
    return TRUE


@function("cfgutils")
def core_hash(run: Run, one: bytes, other: bytes, size: int) -> int:
    """The hash of both texts, from 1 to 2 to the power of `size`: Kamailio's."""
    if not one and not other:
        return 1
    return (ds_hash(one, other) & ((1 << size) - 1)) + 1
