"""Records: what an object's bytes hold, and how a refused record is shown."""

import gzip
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weather import records
from weather.records import NOT_AN_OBJECT, NOT_JSON, element_texts, quarantined, read, unzipped
from weather.stores import Unreadable

J, O = NOT_JSON, NOT_AN_OBJECT  # noqa: E741


def found(content):
    """(reason or the record, text) of each record."""
    content = content if isinstance(content, bytes) else content.encode()
    return [(record if isinstance(record, str) else "", text) for record, text in read(content)]


def good(*texts):
    return [("", text) for text in texts]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # nothing
        ("", []),
        (" \r\n\n", []),
        ("[]", []),
        (" [\n] \n", []),
        # one object, lines, objects one after the other
        ('{"a": 1}', good('{"a": 1}')),
        (b'\xef\xbb\xbf{"a": 1}\n', good('{"a": 1}')),
        ('{\n  "a": 1\n}\n', good('{\n  "a": 1\n}')),
        ('{"a": 1}\r\n\n  {"a": 2} ', good('{"a": 1}', '{"a": 2}')),
        ('{"a": 1}{"a": 2} {"a": 3}', good('{"a": 1}', '{"a": 2}', '{"a": 3}')),
        ('{"a":\n1}{"a": 2}\n{"a"\n:\n3}', good('{"a":\n1}', '{"a": 2}', '{"a"\n:\n3}')),
        ('{"a": 1}\n{"a": 2}{"a":\n3}', good('{"a": 1}', '{"a": 2}', '{"a":\n3}')),
        ('{"a": "\u2028\u0085"}\n{"b": 1}', good('{"a": "\u2028\u0085"}', '{"b": 1}')),
        # one array of objects
        ('[{"a": 1}, {"a": [2]}]', good('{"a": 1}', '{"a": [2]}')),
        ('[\n {"a": 1},\n {"a":\n 2}\n]\n', good('{"a": 1}', '{"a":\n 2}')),
        # else line by line, each of which may hold objects or an array of objects
        ('{"a": 1\n{"a": 2}\n', [(J, '{"a": 1'), *good('{"a": 2}')]),
        ('{"a": 1}\n{"a":\n2}\nx', [*good('{"a": 1}'), (J, '{"a":'), (J, "2}"), (J, "x")]),
        ('x\n{"a":\n2}', [(J, "x"), (J, '{"a":'), (J, "2}")]),
        ('[{"a": 1}]\n[{"a": 2}, {"a": 3}]\n[]\n{"a": 4}', good(*(f'{{"a": {n}}}' for n in (1, 2, 3, 4)))),
        ('{"a": 1}\n[{"a": 2}]\n', good('{"a": 1}', '{"a": 2}')),
        ('{"a": 1}\n[\n{"a": 2}\n]', [*good('{"a": 1}'), (J, "["), *good('{"a": 2}'), (J, "]")]),
        ('[{"a": 1}]\n{"a":\n2}', [*good('{"a": 1}'), (J, '{"a":'), (J, "2}")]),
        ('{"a": 1}{"b": 2}x\n{"a": 3}', [(J, '{"a": 1}{"b": 2}x'), *good('{"a": 3}')]),
        ('[{"a": 1}, 5]', [(O, '[{"a": 1}, 5]')]),
        ('[{"a": 1}, [{"a": 2}]]', [(O, '[{"a": 1}, [{"a": 2}]]')]),
        ('[\n{"a": 1},\n5\n]', [(J, "["), (J, '{"a": 1},'), (O, "5"), (J, "]")]),
        ('[{"a": 1},]', [(J, '[{"a": 1},]')]),
        ('[{"a": 1} {"a": 2}]', [(J, '[{"a": 1} {"a": 2}]')]),
        ('[{"a": 1}]]', [(J, '[{"a": 1}]]')]),
        ('[{"a": 1}]{"a": 2}', [(J, '[{"a": 1}]{"a": 2}')]),
        ('{"a": 1},{"a": 2}', [(J, '{"a": 1},{"a": 2}')]),
        ('{"a": 1}{"a": ', [(J, '{"a": 1}{"a":')]),
        *((text, [(O, text)]) for text in ("null", "5", '"x"', "true", "NaN", "[1]", "[null]", '"{}"')),
        *((text, [(J, text)]) for text in ("x", "{", "[", "{]", "{'a': 1}", '{"a": 01}', '{"a": .5}', "nan", "}")),
        (b'{"a": 1}\n\xff\xfe\n', [*good('{"a": 1}'), (J, b"\xff\xfe")]),
        (b'\xff\xfe\n{"a": 1}', [(J, b"\xff\xfe"), *good('{"a": 1}')]),
        (b'{"a":\n"\xff"}', [(J, '{"a":'), (J, b'"\xff"}')]),
        ("[" * 100_000, [(J, "[" * 100_000)]),
        ('{"a":' * 5000, [(J, '{"a":' * 5000)]),
    ],
)  # fmt: skip
def test_an_object_holds_json_objects_or_an_array_of_them_or_lines(content, expected):
    assert found(content) == expected


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text('a\n"{}[],\u2028é', max_size=5), max_size=3), max_size=6))
def test_each_way_of_writing_objects_is_read_as_the_same_records(objects):
    texts = [json.dumps(each) for each in objects]
    ways = ["\n".join(texts), "".join(texts), json.dumps(objects), json.dumps(objects, indent=1)]
    ways += ["\n".join(json.dumps(each, indent=2) for each in objects)]
    for way in ways:
        assert [record for record, _ in read(way.encode())] == objects


def test_numbers_are_kept_as_they_were_written():
    ((record, _),) = read(b'{"a": 1.50, "b": -0, "c": 1E+2, "d": "1.50"}')
    assert [str(value) for value in record.values()] == ["1.50", "-0", "1E+2", "1.50"]
    assert [type(value).__name__ for value in record.values()] == ["Number", "Number", "Number", "str"]


# --- gzip


def test_gzip_is_told_by_content():
    assert unzipped(b"{}") == b"{}"
    assert unzipped(gzip.compress(b"{}")) == b"{}"
    assert unzipped(gzip.compress(b'{"a": 1}\n') + gzip.compress(b"{}")) == b'{"a": 1}\n{}'
    assert unzipped(gzip.compress(b"")) == b""


@pytest.mark.parametrize(
    "body", [b"\x1f\x8b", b"\x1f\x8b\x08\x00garbage", gzip.compress(b"x" * 999)[:-4], gzip.compress(os.urandom(9))[:-9]]
)
def test_broken_gzip_says_so(body):
    with pytest.raises(Unreadable, match="gzip"):
        unzipped(body)


def test_what_unzips_to_more_than_the_limit_is_unreadable(monkeypatch):
    assert records.UNZIPPED == 512 << 20
    monkeypatch.setattr(records, "UNZIPPED", 1 << 20)
    assert len(unzipped(gzip.compress(b" " * (1 << 20)))) == 1 << 20
    with pytest.raises(Unreadable, match="it unzips to more than 1 MB"):
        unzipped(gzip.compress(b" " * ((1 << 20) + 1)))
    assert len(unzipped(b" " * (2 << 20))) == 2 << 20  # what came so large was let in so large


# --- Quarantine


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":  1.50}', '{"a":  1.50}'),
        ('{\r\n"a": "x"}', '{ "a": "x"}'),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        ('{"a": NaN}', '"{\\"a\\": NaN}"'),
        ("[1]", '"[1]"'),
        ("5", '"5"'),
        ("null", '"null"'),
        ("Hà\tNội", '"Hà\\tNội"'),
        (b"\xff", '"\\\\xff"'),
    ],
)
def test_quarantine_shows_an_object_as_it_came_and_all_else_as_text(text, shown):
    assert quarantined(text) == shown
    json.loads(shown)


@pytest.mark.parametrize(
    ("text", "path", "elements"),
    [
        ('{"obs": [ [1.50, 2],  {"a":  [3]}, null, "x" ]}', "obs", ["[1.50, 2]", '{"a":  [3]}', "null", '"x"']),
        ('{"x": [[1], [2]], "obs": [3], "y": [4]}', "obs", ["3"]),
        ('{"obs": [1], "obs": [2]}', "obs", ["2"]),
        ('{"a": {"b": [{"c": [ {"d": 1} ]}]}}', "a.b", ['{"c": [ {"d": 1} ]}']),
    ],
)
def test_the_elements_of_an_array_as_they_came(text, path, elements):
    def array_of(record):
        for name in path.split("."):
            record = record[name]
        return record

    assert element_texts(text, array_of) == elements
