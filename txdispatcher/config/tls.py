"""What must fit together in [tls], its listeners and sip.listen."""

from __future__ import annotations

from collections.abc import Iterator

from txdispatcher.config.settings import Config


def tls_faults(config: Config) -> Iterator[tuple[str, str]]:
    """Each key that cannot be as it is, and why: TLS has something to show on each listener, and a key for each certificate."""
    tls = config.tls
    listen = [each for each in config.sip.listen if each.transport in ("tls", "wss")]
    sections = [("tls", tls.certificate, tls.key)]
    sections += [(f"tls.listener[{number}]", each.certificate or (), each.key) for number, each in enumerate(tls.listener, 1)]
    for where, certificates, keys in sections:
        if keys and len(keys) != len(certificates):
            allowed = f"one for each certificate in {where}.certificate, in their order, or none where the files hold both"
            yield f"{where}.key", f"found {len(keys)} for {len(certificates)} certificates; allowed: {allowed}"
    for number, each in enumerate(tls.listener):
        key = f"tls.listener[{number + 1}].listen"
        if each.listen not in listen:
            yield (
                key,
                f"found {each.listen}; allowed: one of sip.listen, {', '.join(map(str, listen)) or 'where none is for tls'}",
            )
        elif any(each.listen == other.listen for other in tls.listener[:number]):
            yield key, f"found {each.listen} twice; allowed: each listener once"
    shown = [each.listen for each in tls.listener if each.certificate]
    for address in listen:
        if not tls.certificate and address not in shown:
            yield "sip.listen", f"found {address}, which needs tls.certificate, and that is not set"
