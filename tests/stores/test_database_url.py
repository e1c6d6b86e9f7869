"""URLs of databases, in Kamailio's form and in SQLAlchemy's."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.stores.database_url import extra_for, parse_url, secrets, shown

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("text", "expected", "seen"),
    [
        ("mysql://u:s3cret@db/sip", "mysql+pymysql://u:s3cret@db/sip", "mysql://u@db/sip"),
        ("mysql://u:s3cret@db:33/sip", "mysql+pymysql://u:s3cret@db:33/sip", "mysql://u@db:33/sip"),
        ("mariadb://u@db/sip", "mariadb+pymysql://u@db/sip", "mariadb://u@db/sip"),
        ("mysql+mysqldb://u:s3cret@db/sip", "mysql+mysqldb://u:s3cret@db/sip", "mysql://u@db/sip"),
        ("postgres://u:s3cret@db/sip", "postgresql+psycopg://u:s3cret@db/sip", "postgres://u@db/sip"),
        ("postgresql://u:s3cret@[::1]:5/sip", "postgresql+psycopg://u:s3cret@[::1]:5/sip", "postgresql://u@[::1]:5/sip"),
        ("postgres:///sip?password=s3cret", "postgresql+psycopg:///sip?password=s3cret", "postgres:///sip"),
        ("mysql://u@/sip?unix_socket=/run/s", "mysql+pymysql://u@/sip?unix_socket=%2Frun%2Fs", "mysql://u@/sip"),
    ],
)
def test_forms(text: str, expected: str, seen: str) -> None:
    assert parse_url(text).render_as_string(hide_password=False) == expected
    assert shown(text) == seen


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sqlite:////var/a.db", "file:/var/a.db"),
        ("sqlite:///var/a.db", "file:/var/a.db"),
        ("sqlite+pysqlite:////a?b#c%d", "file:/a%3Fb%23c%25d"),
    ],
)
def test_a_file_of_sqlite_is_opened_for_reading_only(text: str, path: str) -> None:
    url = parse_url(text)
    assert (url.drivername, url.database, dict(url.query)) == ("sqlite+pysqlite", path, {"mode": "ro", "uri": "true"})
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("u:s3cret", "no URL; "),
        ("oracle://u:s3cret@h/d", "a URL of oracle://; "),
        ("mysql://u:s3cret@h", "no database is named; "),
        ("mysql://u:s3cret@h/", "no database is named; "),
        ("mysql://u:s3cret@h:port/d", "no host, port and database that can be made out; "),
        ("sqlite://a.db", "sqlite:// without an absolute path; "),
        ("sqlite://:memory:", "sqlite:// without an absolute path; "),
        ("sqlite://", "sqlite:// without an absolute path; "),
    ],
)
def test_what_is_no_url_of_a_database(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}") as caught:
        parse_url(text)
    assert SECRET not in str(caught.value)


_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(_ANY, _ANY)
def test_any_password_is_taken_escaped(user: str, password: str) -> None:
    url = parse_url(f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@h/d")
    assert (url.username, url.password, url.host) == (user, password, "h")


@given(_ANY.filter(lambda text: "%" not in text))
def test_any_password_without_percent_is_taken_as_it_is(password: str) -> None:
    url = parse_url(f"postgres://u:{password}@h:1/d")
    assert (url.username, url.password, url.host, url.port) == ("u", password, "h", 1)


@given(_ANY)
def test_nothing_but_value_error_leaves_it_and_no_password(text: str) -> None:
    try:
        seen = shown(f"mysql://u:{SECRET}{text}")
    except ValueError as error:
        seen = str(error)
    assert SECRET not in seen


def test_the_extra_of_a_driver() -> None:
    urls = ("mysql://h/d", "mariadb://h/d", "postgres://h/d", "sqlite:////d", "mysql+mysqldb://h/d")
    assert [extra_for(parse_url(url)) for url in urls] == ["mysql", "mysql", "postgresql", "", ""]


def test_what_must_not_be_seen() -> None:
    assert secrets(parse_url("mysql://u:a%40b@h/d?password=c")) == ["a@b", "a%40b", "c", "c"]
    assert secrets(parse_url("sqlite:////d")) == []
