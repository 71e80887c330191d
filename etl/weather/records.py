"""An object's content as JSON records, each with its text.

An object holds JSON objects, a line each, several lines each, or one after the other without line ends, or one array of
them. What can't be read as such is read line by line, and a line that can't be read either is one record that says why.
"""

import gzip
import io
import json
import re
import sys
import zlib
from json.decoder import JSONArray
from json.scanner import py_make_scanner

from weather.memory import remember
from weather.stores import Unreadable

# How large an object may be once unzipped, in bytes.
UNZIPPED = 512 << 20

NOT_JSON = "not-json"
NOT_AN_OBJECT = "not-an-object"

SPACE = " \t\r\n"
SPACES = re.compile(f"[{SPACE}]*")


class Number(str):
    """A JSON number, as it was written."""


class Numbers(dict):
    """The Number of each text, made once."""

    def __missing__(self, text):
        return remember(self, text, Number(text))


class Decoder(json.JSONDecoder):
    """Reads JSON with numbers as they were written. NaN and Infinity, no JSON but what devices send for a broken
    sensor, become floats, or ValueError from a strict one."""

    def __init__(self, strict=False):
        number = Numbers().__getitem__
        super().__init__(parse_float=number, parse_int=number, parse_constant=refuse if strict else float)


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


DECODER, STRICT = Decoder(), Decoder(strict=True)
NOT_READ = (ValueError, StopIteration, RecursionError)


def unzipped(body):
    """The content of an object, gzip or plain by its first bytes; Unreadable when it is broken or larger than
    UNZIPPED."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as file:
            content = file.read(UNZIPPED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"broken gzip: {error}") from error
    if len(content) > UNZIPPED:
        raise Unreadable(f"it unzips to more than {UNZIPPED >> 20} MB")
    return content


def read(content):
    """Yields (record, text) of each record: a dict and its text, or NOT_JSON or NOT_AN_OBJECT and what is there
    instead, as bytes where it is not UTF-8."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    scan, lines, begun = DECODER.scan_once, io.BytesIO(content), False
    may_go_on = True  # a line that can't be read may be the first of several that hold one object
    for line in lines:
        try:
            text = line.decode().strip(SPACE)
        except UnicodeDecodeError:
            begun, may_go_on = True, False
            yield NOT_JSON, line.strip()
            continue
        if not text:
            continue
        try:
            record, end = scan(text, 0) if text[0] == "{" else (None, 0)
        except NOT_READ:
            end = 0
        if end == len(text):
            begun = True
            yield record, text
            continue
        found = whole(text)
        if found is None and may_go_on:
            rest = content[lines.tell() - len(line) :]
            if is_whole(rest, or_array=not begun):
                yield from objects(rest.decode().strip(SPACE))
                return
        begun, may_go_on = True, may_go_on and found is not None and text[0] == "{"
        if found is None:
            yield (NOT_AN_OBJECT if is_json(text) else NOT_JSON), text
        else:
            yield from found


def whole(text):
    """The (record, text) pairs of a text that is objects one after the other or an array of objects; else None."""
    try:
        return list(objects(text))
    except NOT_READ:
        return None


def is_whole(content, or_array):
    """Whether all of an object's content is objects one after the other, or an array of them."""
    try:
        text = content.decode().strip(SPACE)
        return (or_array or text[0] == "{") and all(True for _ in objects(text))
    except NOT_READ:
        return False


def objects(text):
    """Yields the (record, text) pairs of a text that has no space around it; ValueError where it is anything else."""
    array = text[0] == "["
    at = SPACES.match(text, 1).end() if array else 0
    if array and text[at:] == "]":
        return
    while True:
        try:
            record, end = DECODER.scan_once(text, at)
        except (StopIteration, RecursionError) as error:
            raise ValueError("not JSON") from error
        if type(record) is not dict:
            raise ValueError("not an object")
        yield record, text[at:end]
        at = SPACES.match(text, end).end()
        if array:
            if text[at:] == "]":
                return
            if text[at : at + 1] != ",":
                raise ValueError("neither a comma nor the end of the array")
            at = SPACES.match(text, at + 1).end()
        elif at == len(text):
            return


def is_json(text, decoder=DECODER):
    try:
        decoder.decode(text)
    except NOT_READ:
        return False
    return True


def element_texts(text, array_of):
    """The texts of the elements of the array that a function finds in the record of a text."""
    texts = {}

    def parse_array(state, scan):
        elements = []

        def scan_element(string, at):
            value, end = scan(string, at)
            elements.append(string[at:end])
            return value, end

        array, end = JSONArray(state, scan_element)
        texts[id(array)] = elements
        return array, end

    decoder = Decoder()
    decoder.parse_array = parse_array
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(10 * limit)  # this scanner takes several frames where the other took one
        record, _ = py_make_scanner(decoder)(text, 0)
        return texts[id(array_of(record))]
    finally:
        sys.setrecursionlimit(limit)


def quarantined(text):
    """A refused record as a JSON value: itself if it is a JSON object, else its text."""
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    if text.startswith("{") and is_json(text, STRICT):
        return re.sub(r"[\r\n]+", " ", text)  # line ends in JSON lie between its values, never in them
    return json.dumps(text, ensure_ascii=False)
