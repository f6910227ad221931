"""What is written is what a shell reads, and what we read; what a shell would do more with is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.env_file import NoVariables, read, written

VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def as_a_shell_reads(path: Path, name: str) -> str:
    """The value of one variable after `. FILE` in a shell."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'. "$1"; printf "%s." "${name}"', "sh", str(path)],
        capture_output=True,
        check=False,
    )
    assert (0, b"") == (done.returncode, done.stderr)
    return done.stdout.decode().removesuffix(".")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
@pytest.mark.parametrize("name", ["TICKET_KEYS"])
def test_what_is_written_is_read_alike_by_a_shell_and_by_us(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "stack.env"
    path.write_bytes(written({name: value, "Z": "last"}).encode())

    assert {name: value, "Z": "last"} == read(path.read_bytes().decode())
    assert value == as_a_shell_reads(path, name)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=plain", "plain"),
        ("A=", ""),
        ("export A=plain", "plain"),
        ("  export\tA='my folder/x' # where", "my folder/x"),
        ("A=my\\ folder", "my folder"),
        ("A='it'\\''s'", "it's"),
        ('A="it\'s \\"so\\" \\$1 \\`x\\` \\\\ \\n"', 'it\'s "so" $1 `x` \\ \\n'),
        ("A=a'b c'\"d e\"f", "ab cd ef"),
        ("A=a#b", "a#b"),
        ("A=#b", "#b"),
        ("A=k1:abc=,k2:d*e?f{g}!%@^+~", "k1:abc=,k2:d*e?f{g}!%@^+~"),
        ("A=x\r", "x"),
        ("A='two\nlines'", "two\nlines"),
        ("# B=1\n\nA=x\n", "x"),
        ("A=first\nA=last", "last"),
    ],
)
def test_the_forms_of_a_variable(tmp_path: Path, text: str, value: str) -> None:
    path = tmp_path / "stack.env"
    path.write_bytes(text.replace("\r", "").encode())

    assert {"A": value} == read(text)
    assert value == as_a_shell_reads(path, "A")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hunter2 words", "line 1 is not NAME=value"),
        ("A=x\n2A=x", "line 2 is not NAME=value"),
        ("A =x", "line 1 is not NAME=value"),
        ("export A", "line 1 is not NAME=value"),
        ("A=hunter2 words", "line 1 holds what a shell would do more with"),
        ("B=x\nA=$HOME/x", "line 2 holds what a shell would do more with"),
        ('A="$HOME"', "line 1 holds what a shell would do more with"),
        ("A=`id`", "line 1 holds what a shell would do more with"),
        ("A=~/x", "line 1 holds what a shell would do more with"),
        ("A=x;rm", "line 1 holds what a shell would do more with"),
        ("A=x\\\ny", "line 1 holds what a shell would do more with"),
        ("A='x", "line 1 has a quote without an end"),
        ('B=x\nA="x\n', "line 2 has a quote without an end"),
    ],
)
def test_what_is_no_plain_variable_is_refused_by_its_line_alone(text: str, told: str) -> None:
    with pytest.raises(NoVariables, match=told) as refused:
        read(text)
    assert "hunter2" not in str(refused.value)


def test_a_byte_order_mark_before_the_variables_is_passed_over() -> None:
    """A file that was saved on Windows begins with one."""
    assert {"API_TOKEN": "t", "PORT": "1"} == read("\ufeffexport API_TOKEN=t\r\nPORT='1'\r\n")
