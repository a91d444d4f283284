"""YAML that people write: what would be dropped or read as something else is refused, with its line."""

import pytest

from warmline.plain_yaml import PlainYamlError, load_plain_yaml


def test_mappings_lists_and_plain_values_are_read_as_ever():
    content = b"\xef\xbb\xbfa: {b: [1, 2.5, true, null, text]}\n'c': \"d\"\n"
    assert load_plain_yaml(content) == {"a": {"b": [1, 2.5, True, None, "text"]}, "c": "d"}
    assert load_plain_yaml(b"# nothing\n") is None


def test_a_whole_number_as_a_key_is_the_name_that_was_written_and_a_date_stays_a_text():
    assert load_plain_yaml(b"1: a\n007: b\n2026-01-02: 2026-01-02\n") == {
        "1": "a",
        "007": "b",
        "2026-01-02": "2026-01-02",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: 2\na: 3\n", "line 3: `a` is given twice, first in line 1"),
        (b"q:\n  1: a\n  '1': b\n", "line 3: `1` is given twice, first in line 2"),
        (b"a: &x {b: 1}\nc: *x\n", "line 1: anchors (&) and aliases (*) are not taken"),
        (b"a: {}\nb: *secret\n", "line 2: anchors (&) and aliases (*) are not taken"),
        (b"<<: {a: 1}\n", "line 1: `<<` as a key is no text"),
        (b"a:\n  yes: 1\n", "line 2: `yes` as a key is no text; put it in quotes"),
        (b"1.5: 1\n", "`1.5` as a key"),
        (b"~: 1\n", "`~` as a key"),
        (b"? [a]\n: 1\n", "a list or mapping as a key"),
        (b"a: !!python/object:os.system {}\n", "line 1: tags (!) are not taken"),
        (b"a: !secret!part x\n", "line 1: not YAML: tags (!) are not taken"),
        (b"a: .nan\n", "line 1: not a finite number"),
        (b"a: -.inf\n", "line 1: not a finite number"),
        (b"a: 0b_\n", "line 1: a whole number beyond 64 bits, or none"),
        (b"a: " + b"9" * 30, "line 1: a whole number beyond 64 bits"),
        (b"a: " + b"9" * 5000, "line 1: a whole number beyond 64 bits"),
        (b'a: "\\ud800"\n', "line 1: half of a character"),
        (b"a: b: c\n", "line 1: not YAML"),
        (b"a: 1\n--- \nb: 2\n", "line 2: not YAML"),
        (b"a: [1\n", "not YAML"),
        (b"a: 1\nb: \x07\n", "line 2: not YAML: a character that no text file has"),
        (b"[" * 5000, "nested too deeply"),
        ("a: 1\n".encode("utf-16"), "line 1: not UTF-8"),
        (b"a: 1\nb: \xff\n", "line 2: not UTF-8"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_not_plain_is_refused_with_its_line(content, said):
    with pytest.raises(PlainYamlError) as caught:
        load_plain_yaml(content)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
