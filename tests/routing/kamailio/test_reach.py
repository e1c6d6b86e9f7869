from __future__ import annotations

from pathlib import Path

from txdispatcher.config.load import read_config
from txdispatcher.routing.kamailio.parser import parse_script
from txdispatcher.routing.kamailio.reach import entered


def names(folder: Path, text: str) -> list[str]:
    file = folder / "k.cfg"
    file.write_text(text)
    return [f"{each.kind}[{each.name}]" if each.name else each.kind for each in entered(parse_script(str(file)))]


def test_routes_are_followed_by_their_names(tmp_path: Path) -> None:
    text = """
        request_route { if (is_method("INVITE") && route(A)) { switch ($rU) { case "x": route("B"); } } }
        route[A] { while (1) { t_on_failure("F"); } }
        route[B] { return; }
        route[C] { route(D); }
        route[D] { t_on_reply("R"); }
        failure_route[F] { t_on_branch("BR"); }
        branch_route[BR] { exit; }
        onreply_route[R] { exit; }
        onreply_route { exit; }
        event_route[dispatcher:dst-down] { route(E); }
        route[E] { exit; }
    """
    assert names(tmp_path, text) == [
        "request_route",
        "route[A]",
        "route[B]",
        "failure_route[F]",
        "branch_route[BR]",
        "onreply_route",
        "event_route[dispatcher:dst-down]",
        "route[E]",
    ]


def test_a_name_that_is_put_together_may_be_any(tmp_path: Path) -> None:
    text = 'request_route { route("TO_$rm"); } route[TO_INVITE] { exit; } failure_route[F] { exit; }'
    assert names(tmp_path, text) == ["request_route", "route[TO_INVITE]"]


def test_a_parameter_may_name_a_route(tmp_path: Path) -> None:
    text = 'modparam("rtimer", "exec", "timer=ta;route=TICK") request_route { exit; } route[TICK] { exit; }'
    assert names(tmp_path, text) == ["request_route", "route[TICK]"]


def test_what_is_wrong_where_no_route_leads_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text('request_route { route(A); }\nroute[A] { exit; }\nroute[LOCATION] {\n  lookup("location");\n}\n')
    config, errors = read_config("", str(file))
    assert not errors
    assert config is not None
    assert config.kamailio is not None
    assert config.kamailio.ignored == (
        f"{file}:4: lookup() is unknown; it is of the module registrar: there are no registrations here; "
        "a REGISTER can be sent on to registrars by ds_select_dst(); no route leads there: ignored",
    )
    file.write_text('request_route { route(LOCATION); }\nroute[LOCATION] {\n  lookup("location");\n}\n')
    _, errors = read_config("", str(file))
    assert [each.file.rpartition(":")[2] for each in errors] == ["3"]


def test_a_misspelt_name_is_told_once_with_the_route_that_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text('request_route {\n  t_on_failure("NXET");\n}\nfailure_route[NEXT] {\n  exit;\n}\n')
    config, errors = read_config("", str(file))
    assert [str(each) for each in errors] == [f"{file}:2: there is no failure_route[NXET]; did you mean NEXT?"]
    assert config is not None
    assert config.kamailio is not None
    assert not config.kamailio.ignored


def test_an_event_that_never_happens_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text("request_route { exit; }\nevent_route[usrloc:contact-expired] { save(1); }\n")
    config, errors = read_config("", str(file))
    assert not errors
    assert config is not None
    assert config.kamailio is not None
    assert config.kamailio.ignored == (f"{file}:2: event_route[usrloc:contact-expired]: never happens here: ignored",)


def test_a_function_that_its_route_forbids_is_an_error_wherever_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text("request_route { exit; }\nfailure_route[LOST] {\n  loose_route();\n}\n")
    _, errors = read_config("", str(file))
    assert [str(each).rpartition("k.cfg")[2] for each in errors] == [
        ":3: loose_route() may not stand here; allowed in: request_route"
    ]
