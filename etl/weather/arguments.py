"""Command lines as Glue passes them."""

import argparse
import re


class Arguments(argparse.ArgumentParser):
    """Parses a job's arguments. None may be abbreviated, unknown ones are ignored, a bad one exits 2 with what would be
    right: a type is a function whose ValueError says so."""

    def __init__(self, program):
        super().__init__(program, allow_abbrev=False)

    def add(self, name, function, value, **options):
        """Adds an argument that a function makes a value of; it is required unless there is a default."""

        def parse(text):
            try:
                return function(text)
            except ValueError as error:
                raise argparse.ArgumentTypeError(str(error)) from error

        self.add_argument(name, type=parse, metavar=value, required="default" not in options, **options)

    def parse(self, words):
        """The arguments of a command line."""
        return self.parse_known_args(joined(words))[0]


def joined(words):
    """The words with an option and a negative value as one, for argparse takes a word like -05:00 for an option."""
    result = []
    for word in words:
        if result and re.match(r"--[^=]+$", result[-1]) and re.match(r"-\d", word):
            result[-1] = f"{result[-1]}={word}"
        else:
            result.append(word)
    return result
