"""The JSON Schema of study files, generated from the models: `python -m consortflow.schemas.json_schema` rewrites it.

What the models read in several forms (a count, reasons as a mapping) is described here once, beside what Pydantic
generates; the descriptions are the texts under the models' fields.
"""

from __future__ import annotations

import ast
import json
from itertools import chain
from pathlib import Path
from typing import Any

__all__ = ["SCHEMA_FILE", "generate"]

SCHEMA_FILE = Path(__file__).with_name("study.schema.json")
_BOUND = r"^\s*(<=|>=|<|>|≤|≥)\s*(0|[1-9][0-9]{0,14})\s*$"
_RANGE = r"^\s*(0|[1-9][0-9]{0,14})\s*(-|–|to)\s*(0|[1-9][0-9]{0,14})\s*$"  # noqa: RUF001 - authors paste en dashes


def generate() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a study file."""
    from consortflow.schemas.study import Study

    schema = Study.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    described = _descriptions()
    for name, definition in [("Study", schema), *definitions.items()]:
        for key, field in definition.get("properties", {}).items():
            text = described.get((name, key)) or described.get(("StageBase", key))
            if text and "description" not in field:
                field["description"] = text
    definitions.update(_forms(definitions))
    schema = _resolved(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "consortflow study file",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _forms(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return what a study file may write in several ways."""
    one = {
        "anyOf": [
            {"type": "integer", "minimum": 0, "description": "How many."},
            {"enum": ["unknown"], "description": "To be solved from the other counts."},
            {"type": "string", "pattern": _BOUND, "description": "A bound: <5, <=5, '>=10'."},
            {"type": "string", "pattern": _RANGE, "description": "Between two numbers: 3-7."},
            {
                "type": "object",
                "description": "A percentage as printed, with or without its number.",
                "properties": {
                    "n": {"$ref": "#/$defs/OneCount"},
                    "percent": {"type": "number", "minimum": 0, "maximum": 100},
                    "of": {"type": "string", "description": "The id of the count that is 100%."},
                },
                "required": ["percent"],
                "additionalProperties": False,
            },
        ]
    }
    count = {
        "anyOf": [
            {"$ref": "#/$defs/OneCount"},
            {
                "type": "object",
                "description": "A count for each unit of the study.",
                "minProperties": 1,
                "propertyNames": {"not": {"enum": ["n", "percent", "reasons", "of"]}},
                "additionalProperties": {"$ref": "#/$defs/OneCount"},
            },
        ]
    }
    for name in ("Reason", "Detail", "Counted"):  # a percentage may stand beside the number
        definitions[name]["properties"]["percent"] = {"type": "number", "minimum": 0, "maximum": 100}
        definitions[name]["properties"]["of"] = {"type": "string", "description": "The id of the count that is 100%."}
    content = {name: dict(definitions[name]["properties"]) for name in ("Reason", "Counted")}
    return {
        "OneCount": one,
        "Count": count,
        "CountMap": _mapping(content["Counted"], nested=False),
        "ReasonMap": _mapping(content["Reason"], nested=True),
        "DetailMap": _mapping(content["Reason"], nested=True),
    }


def _mapping(fields: dict[str, Any], *, nested: bool) -> dict[str, Any]:
    """Return a mapping from label to a count, or to an item's fields, or to what the label is made of."""
    properties = {name: field for name, field in fields.items() if name != "label"}
    long_form = {
        "type": "object",
        "properties": properties,
        "anyOf": [{"required": [key]} for key in ("n", "percent", "reasons", "where", "by") if key in properties],
        "additionalProperties": False,
    }
    forms: list[dict[str, Any]] = [{"$ref": "#/$defs/Count"}, long_form]
    if nested:
        within = {"type": "object", "propertyNames": {"not": {"enum": ["n", "percent", "reasons", "where", "by"]}}}
        forms.append({"allOf": [{"$ref": "#/$defs/ReasonMap"}, within]})
    return {"type": "object", "additionalProperties": {"anyOf": forms}}


def _resolved(node: Any) -> Any:
    """Return a schema whose markers are replaced by what they stand for."""
    if isinstance(node, list):
        return [_resolved(item) for item in node]
    if not isinstance(node, dict):
        return node
    marker = node.get("consortflow")
    dropped = {"consortflow"}
    if isinstance(node.get("title"), str):
        dropped.add("title")
    if not isinstance(node.get("default"), dict | bool | str):
        dropped.add("default")
    rest = {key: _resolved(value) for key, value in node.items() if key not in dropped}
    if marker == "OneOrMore":
        about = {key: rest.pop(key) for key in ("description",) if key in rest}
        return {**about, "anyOf": [{"type": "string"}, rest]}
    if marker is not None:
        return {**rest, "$ref": f"#/$defs/{marker}"}
    forms = rest.get("anyOf")
    if isinstance(forms, list) and {"type": "null"} in forms:  # a file leaves a key out instead
        del rest["anyOf"]
        kept = [form for form in forms if form != {"type": "null"}]
        rest = {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}
    return rest


def _descriptions() -> dict[tuple[str, str], str]:
    """Return the text under each field of the models, by class and key of the file."""
    found: dict[tuple[str, str], str] = {}
    rooms = ("people.py", "records.py", "stages.py", "study.py")
    bodies = [ast.parse(Path(__file__).with_name(room).read_text(encoding="utf-8")).body for room in rooms]
    keys = {"come_from": "from", "leave": "from"}
    for node in chain.from_iterable(bodies):
        if isinstance(node, ast.ClassDef):
            for field, text in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                    and isinstance(text.value.value, str)
                ):
                    name = keys.get(field.target.id, field.target.id)
                    found[node.name, name] = " ".join(text.value.value.split())
    parents = {"Reason": "Counted", "Detail": "Counted"}
    for child, parent in parents.items():
        found |= {
            (child, key): text
            for (name, key), text in list(found.items())
            if name == parent and (child, key) not in found
        }
    return found


def main() -> None:
    """Rewrite the schema file."""
    from consortflow.schemas.files import write_atomically

    write_atomically(SCHEMA_FILE, (json.dumps(generate(), indent=2, ensure_ascii=False) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
