"""What an operation promises to diagrams: the parameters it takes and the answer it gives (JSON Schema 2020-12)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from app.domain.procedures.forms import checker
from app.kernel.errors import Invalid

Schema = Mapping[str, Any]
_NOTHING: Final[Schema] = MappingProxyType({})

ID: Final[Schema] = MappingProxyType({"type": "string", "format": "uuid"})
IDS: Final[Schema] = MappingProxyType({"type": "array", "items": dict(ID), "maxItems": 200})
DAY: Final[Schema] = MappingProxyType({"type": "string", "format": "date"})
TRUTH: Final[Schema] = MappingProxyType({"type": "boolean"})
COUNT: Final[Schema] = MappingProxyType({"type": "integer", "minimum": 0})
WORD: Final[Schema] = MappingProxyType({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"})
WORDS: Final[Schema] = MappingProxyType({"type": "array", "items": dict(WORD), "maxItems": 20})
LINE: Final[Schema] = MappingProxyType({"type": "string", "maxLength": 500})
TEXT: Final[Schema] = MappingProxyType({"type": "string", "maxLength": 2000})
DATA: Final[Schema] = MappingProxyType({"type": "object", "maxProperties": 50})


def one_of(*values: str) -> Schema:
    """One of a few words."""
    return {"enum": list(values)}


def mapping(needed: Schema = _NOTHING, may: Schema = _NOTHING) -> Schema:
    """Named values: those that must be there and those that may; nothing else."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {name: dict(one) for name, one in {**needed, **may}.items()},
        "required": list(needed),
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Contract:
    """One operation as diagrams know it.

    `later`: the answer may come after the step that asked. `effectful`: it changes something or tells somebody.
    """

    name: str
    takes: Schema
    gives: Schema
    later: bool = False
    effectful: bool = True

    @property
    def params(self) -> frozenset[str]:
        """The names of everything it takes."""
        return frozenset(self.takes["properties"])

    @property
    def needed(self) -> frozenset[str]:
        """The names of what must be given."""
        return frozenset(self.takes["required"])

    @property
    def answers(self) -> frozenset[str]:
        """The names in its answer."""
        return frozenset(self.gives["properties"])

    def given(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with a value, checked; a name that nobody set is not given. Invalid "operation.params"."""
        given = {name: value for name, value in params.items() if value is not None}
        self._require(self._takes, given, "operation.params")
        return given

    def answered(self, result: Mapping[str, Any]) -> None:
        """Refuse an answer that is not what diagrams were promised (Invalid "operation.result")."""
        self._require(self._gives, result, "operation.result")

    def errors(self, params: Mapping[str, Any]) -> Iterator[ValidationError]:
        """What is wrong with parameters, one by one."""
        return _ordered(self._takes.iter_errors(dict(params)))

    def _require(self, validator: Draft202012Validator, values: Mapping[str, Any], code: str) -> None:
        first = next(_ordered(validator.iter_errors(dict(values))), None)
        if first is not None:
            raise Invalid(code, name=self.name, field=_field(first, values), rule=str(first.validator))

    @cached_property
    def _takes(self) -> Draft202012Validator:
        return Draft202012Validator(self.takes, format_checker=checker)

    @cached_property
    def _gives(self) -> Draft202012Validator:
        return Draft202012Validator(self.gives, format_checker=checker)


def _ordered(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """What was given wrongly before what is missing or unknown, so that the first one said helps most."""
    return iter(sorted(errors, key=lambda one: (not one.path, str(list(one.path)))))


def _field(error: ValidationError, values: Mapping[str, Any]) -> str:
    if error.path:
        return str(error.path[0])
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "required":
        return ", ".join(name for name in schema.get("required", ()) if name not in values)
    return ", ".join(name for name in values if name not in schema.get("properties", {}))
