"""Checks the arguments of calls against the models of AWS's services that botocore has.

Reads calls from standard input as JSON Lines: ``by``, ``service`` (botocore's name), ``operation`` and ``arguments``,
whose names are in PascalCase as Step Functions has them. Prints ``parametersChecked``, which counts those inside others
too, and ``invalid``, a list of ``call``, ``fault``, ``by`` and ``count``: calls of an operation by one caller with the
same fault of the same parameter are one entry.
"""

import functools
import json
import sys

import botocore.loaders
import regex
from botocore.model import ServiceModel
from botocore.validate import ParamValidator, ValidationErrors

# Text for which Step Functions takes any JSON value: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
# and https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
ANY_JSON = {"events": "Detail", "sns": "Message"}

# How long a value is at most where a fault cites it, and how long a fault is, in characters.
CITED, LONGEST = 100, 1000


class Faults(ValidationErrors):
    """Faults as texts, by what is wrong with which parameter."""

    def __init__(self):
        super().__init__()
        self.texts = {}
        self.parameters = 0

    def report(self, name, reason, **details):
        if isinstance(details.get("param"), str):
            details["param"] = cited(details["param"])
        self.note(name, reason, self._format_error((reason, name, details)))

    def violate(self, name, value, constraint):
        """Notes what the model says and botocore leaves to the service, in the words of the services."""
        what = f"Value '{cited(value)}' at '{self._get_name(name)}'"
        self.note(name, constraint, f"{what} failed to satisfy constraint: Member must {constraint}")

    def note(self, name, reason, text):
        self.texts.setdefault((reason, regex.sub(r"\[\d+\]", "[]", name)), cited(text, LONGEST))


class Validator(ParamValidator):
    """botocore's checks, and those that it leaves to the service: greatest length or value, the values, the pattern."""

    VALIDATED_METADATA_ATTRS = ParamValidator.VALIDATED_METADATA_ATTRS | {"max", "enum", "pattern"}

    def check(self, arguments, shape, faults):
        self._validate(arguments, shape, faults, "")

    def _validate(self, params, shape, errors, name):
        if name:
            errors.parameters += 1
        super()._validate(params, shape, errors, name)
        limits = shape.metadata
        measured = len(params) if isinstance(params, str | list | dict) else params
        if "max" in limits and isinstance(measured, int | float) and measured > limits["max"]:
            what = "have value" if measured is params else "have length"
            errors.violate(name, params, f"{what} less than or equal to {limits['max']}")
        if "enum" in limits and isinstance(params, str) and params not in limits["enum"]:
            errors.violate(name, params, f"satisfy enum value set: [{', '.join(limits['enum'])}]")
        if "pattern" in limits and isinstance(params, str) and not compiled(limits["pattern"]).fullmatch(params):
            errors.violate(name, params, f"satisfy regular expression pattern: {limits['pattern']}")


@functools.cache
def compiled(pattern):
    """A pattern of a model, which counts a character beyond U+FFFF as its two surrogates."""

    def joined(pair):
        character = json.loads(f'"{pair[0]}"')
        return f"\\U{ord(character):08x}"

    return regex.compile(regex.sub(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..", joined, pattern))


def cited(value, most=CITED):
    text = str(value)
    return text if len(text) <= most else text[:most] + "…"


def pascal_case(name):
    return name[:1].upper() + name[1:]


@functools.cache
def model(service):
    """A service's model with the members of structures in PascalCase."""
    text = botocore.loaders.create_loader().load_service_model(service, "service-2")
    for shape in text["shapes"].values():
        if shape["type"] == "structure":
            shape["members"] = {pascal_case(name): member for name, member in shape["members"].items()}
            shape["required"] = [pascal_case(name) for name in shape.get("required", [])]
    return ServiceModel(text, service)


def sent(value, shape, service, name=""):
    """A value as Step Functions sends it: JSON becomes text where the model has no structure."""
    match shape.type_name, value:
        case "structure", dict():
            members = shape.members
            return {
                key: sent(inner, members[key], service, key) if key in members else inner
                for key, inner in value.items()
            }
        case "list", list():
            return [sent(inner, shape.member, service) for inner in value]
        case "map", dict():
            return {key: sent(inner, shape.value, service) for key, inner in value.items()}
        case "blob", _:
            return json.dumps(value)
        case "string", _ if name == ANY_JSON.get(service) and not isinstance(value, str):
            return json.dumps(value)
    return value


def main():
    validator = Validator()
    checked = 0
    invalid = {}
    for line in sys.stdin:
        call = json.loads(line)
        shape = model(call["service"]).operation_model(call["operation"]).input_shape
        faults = Faults()
        validator.check(sent(call["arguments"], shape, call["service"]), shape, faults)
        checked += faults.parameters
        for place, text in faults.texts.items():
            entry = {"call": f"{call['service']}:{call['operation']}", "fault": text, "by": call["by"], "count": 0}
            invalid.setdefault((call["by"], entry["call"], place), entry)["count"] += 1
    json.dump({"parametersChecked": checked, "invalid": list(invalid.values())}, sys.stdout)


if __name__ == "__main__":
    main()
