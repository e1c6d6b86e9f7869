"""The settings: a TOML file becomes frozen values, or errors that name file, key and reason.

    settings    the values: one dataclass per section, and the defaults
    dispatcher  those of [dispatcher]: Kamailio's parameters
    address     a transport address
    values      one reader per kind of value, which says what is allowed
    parameters  the readers of [dispatcher]
    tls         what must fit together in [tls]
    load        the file: sections, keys, and what must fit together
    key         the key file

What each key means to an operator is in docs/configuration.md. `app` takes the settings apart; beside it only
`check` looks at them.
"""

from txdispatcher.config.address import Address
from txdispatcher.config.key import read_key
from txdispatcher.config.load import check_config, config_of, load_config, read_config
from txdispatcher.config.settings import Config, Failover, Rule

__all__ = ["Address", "Config", "Failover", "Rule", "check_config", "config_of", "load_config", "read_config", "read_key"]
