"""Where a record holds a value: the paths of devices.json.

A path is names joined by dots, case ignored, a name with dots or brackets in double quotes; [2] is an element of an
array, counted from 0, and [type=1] its first element whose field of that name has that text. Null is no value.
"""

import re

from weather.memory import remember

PIECE = re.compile(
    r"""(?P<dot>\.)?(?:"(?P<quoted>[^"]+)"|(?P<name>[^."\[\]]+))"""
    r"""|\[(?P<element>[0-9]+)\]"""
    r"""|\[(?:"(?P<quoted_key>[^"]+)"|(?P<key>[^"=\[\]]+))=(?P<value>[^\]]*)\]"""
)


def parse(text):
    """A path as steps: a case-folded name, the number of an element, or (case-folded name, text) of the element that
    has it. ValueError when it is no path."""
    steps, at = [], 0
    while at < len(text) or not steps:
        piece = PIECE.match(text, at)
        name = piece and (piece["quoted"] or piece["name"])
        if not piece or (name and bool(piece["dot"]) != bool(steps)):
            raise ValueError("not a path")
        at = piece.end()
        if name:
            steps.append(name.casefold())
        elif piece["element"]:
            steps.append(int(piece["element"]))
        else:
            steps.append(((piece["quoted_key"] or piece["key"]).casefold(), piece["value"]))
    return tuple(steps)


def follow(value, steps):
    """The first value that is not null at some steps from a value; None when there is none."""
    if not steps or value is None:
        return value
    step, rest = steps[0], steps[1:]
    if type(step) is str:
        members = value.items() if type(value) is dict else ()
        found = (follow(member, rest) for name, member in members if name.casefold() == step)
        return next((each for each in found if each is not None), None)
    if type(value) is not list:
        return None
    if type(step) is int:
        return follow(value[step], rest) if step < len(value) else None
    key, wanted = step
    return next((follow(each, rest) for each in value if text_of(follow(each, (key,))) == wanted), None)


def text_of(value):
    """The text of a JSON text, number, true or false; None of anything else."""
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else None


def leading_names(path):
    """The steps of a path up to the first that is not a name."""
    return path[: next((at for at, step in enumerate(path) if type(step) is not str), len(path))]


class Layouts:
    """Tells records apart by the names that they have, as far as paths go through them. Records of one device mostly
    share one layout, so what is found out about a layout serves for many records."""

    def __init__(self, paths):
        """Of paths, each a tuple of case-folded names."""
        self.below, self.ways = {}, {}
        for name in {path[0] for path in paths if len(path) > 1}:
            self.below[name] = Layouts([path[1:] for path in paths if path and path[0] == name])

    def of(self, record):
        """The layout of a record; None of what has no names."""
        if type(record) is not dict:
            return None
        names = tuple(record)
        ways = self.ways.get(names)
        if ways is None:
            ways = [(name, self.below[name.casefold()]) for name in names if name.casefold() in self.below]
            remember(self.ways, names, ways)
        return (names, *[below.of(record[name]) for name, below in ways]) if ways else names

    def spelled(self, record, path):
        """The paths of a record, names as spelled, that are a path of case-folded names when case is ignored."""
        if not path:
            return [()]
        members = record.items() if type(record) is dict else ()
        return [
            (name, *rest)
            for name, member in members
            if name.casefold() == path[0]
            for rest in self.spelled(member, path[1:])
        ]

    def places(self, records, paths):
        """Where in records like these the first values of paths are, for find: (record's number, names as spelled,
        steps that are left), of the first record all, then of the next."""
        return [
            (number, names, path[len(leading_names(path)) :])
            for number, record in enumerate(records)
            for path in paths
            for names in self.spelled(record, leading_names(path))
        ]


def find(records, places):
    """The first value that is not null at some places of records; None when there is none."""
    for number, names, rest in places:
        value = records[number]
        for name in names:
            value = value[name]
        if rest:
            value = follow(value, rest)
        if value is not None:
            return value
    return None
