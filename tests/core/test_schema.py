"""What is generated from the settings is current, complete and fits the shipped environments."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own
import pytest
import yaml

from config import schema
from config.core.settings import Settings
from config.environment import Environment
from config.paths import ENVIRONMENTS, VALUES
from tests.core.project import environment_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = sorted(ENVIRONMENTS.glob("*.yaml"))


@cache
def validator() -> jsonschema.Draft202012Validator:
    """Return a validator by the committed schema."""
    return jsonschema.Draft202012Validator(json.loads(schema.SCHEMA_FILE.read_text(encoding="utf-8")))


def models(model: type[Settings] = Settings) -> Iterator[type[Settings]]:
    """Yield every model of settings."""
    for below in model.__subclasses__():
        yield below
        yield from models(below)


def properties() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield every setting: its name, its schema, and whether it is required."""
    whole = json.loads(schema.json_schema())
    for section_name, section in (("Environment", whole), *whole["$defs"].items()):
        for name, field in section.get("properties", {}).items():
            yield f"{section_name}.{name}", field, name in section.get("required", ())


class TestJsonSchema:
    def test_is_current(self) -> None:
        current = schema.SCHEMA_FILE.read_text(encoding="utf-8") == schema.json_schema()
        assert current, "run: python -m config.schema"

    def test_is_a_schema(self) -> None:
        validator().check_schema(validator().schema)

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_accepts_shipped_environments(self, path: Path) -> None:
        validator().validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_is_named_by_shipped_environments(self, path: Path) -> None:
        first_line = path.read_text(encoding="utf-8").partition("\n")[0]
        _, _, target = first_line.partition("# yaml-language-server: $schema=")
        assert (path.parent / target).resolve() == schema.SCHEMA_FILE

    @pytest.mark.parametrize(
        "sections",
        [
            {"network": "zone: [a]"},
            {"network": "vpc_cidr: 10"},
            {"network": "nat_gateways: many"},
            {"cluster": "version: 1.35"},
            {"cluster": "deletion_protection: 'true'"},
            {"cluster": "log_retention_days: 31"},
            {"backend": "type: s3"},
            {"backend": "type: local\nbucket: x"},
            {"top": "account_id: '1'"},
        ],
        ids=str,
    )
    def test_refuses(self, sections: dict[str, str]) -> None:
        validator().validate(yaml.safe_load(environment_text()))
        with pytest.raises(jsonschema.ValidationError):
            validator().validate(yaml.safe_load(environment_text(**sections)))

    def test_describes_every_setting(self) -> None:
        """A setting that is a section may have its section's description."""
        assert [name for name, field, _ in properties() if not field.get("description") and "$ref" not in field] == []

    def test_has_every_default(self) -> None:
        assert [name for name, field, required in properties() if not required and "default" not in field] == []

    def test_tells_defaults_as_they_are(self) -> None:
        """A description that ends with `Default: …` tells the default that the setting has, where both are plain."""
        wrong: list[tuple[str, str, object]] = []
        for name, field, _ in properties():
            told = field.get("description", "").partition("Default: ")[2].rstrip(".")
            default = field.get("default")
            if told and isinstance(default, bool | int) and told.split()[0].strip(",;") != json.dumps(default):
                wrong.append((name, told, default))
            if told and " " not in told and isinstance(default, str) and default and told != default:
                wrong.append((name, told, default))
        assert wrong == []


class TestDefaults:
    def test_are_valid(self) -> None:
        """Defaults are not validated when they are taken, so each is here."""
        for model in models():
            for name, field in model.model_fields.items():
                if isinstance(field.default, Settings):
                    again = type(field.default).model_validate_json(field.default.model_dump_json(exclude_unset=True))
                    assert again == field.default, f"{model.__name__}.{name}"


class TestReference:
    def test_is_current(self) -> None:
        current = schema.REFERENCE_FILE.read_text(encoding="utf-8") == schema.reference()
        assert current, "run: python -m config.schema"

    def test_of_workloads_is_current(self) -> None:
        current = schema.WORKLOAD_REFERENCE_FILE.read_text(encoding="utf-8") == schema.workload_reference()
        assert current, "run: python -m config.schema"

    def test_has_every_setting(self) -> None:
        text = schema.reference()
        assert [name for name, _, _ in properties() if f"| `{name.partition('.')[2]}` |" not in text] == []

    @pytest.mark.parametrize("text", [schema.reference(), schema.workload_reference()], ids=["environment", "workload"])
    def test_links_lead_to_headings(self, text: str) -> None:
        headings = {
            "".join(c for c in line[3:].replace("`", "").lower().replace(" ", "-") if c.isalnum() or c in "-_")
            for line in text.splitlines()
            if line.startswith("## ")
        }
        assert set(re.findall(r"\(#([^)]*)\)", text)) <= headings


class TestWorkloadSchema:
    def test_is_current(self) -> None:
        current = schema.WORKLOAD_SCHEMA_FILE.read_text(encoding="utf-8") == schema.workload_json_schema()
        assert current, "run: python -m config.schema"

    def test_takes_what_is_shipped(self) -> None:
        of_workloads = jsonschema.Draft202012Validator(json.loads(schema.workload_json_schema()))
        files = sorted((VALUES / "workloads").glob("*.yaml"))
        assert len(files) >= 2
        for file in files:
            of_workloads.validate(yaml.safe_load(file.read_text(encoding="utf-8")))

    def test_refuses_what_loading_refuses(self) -> None:
        of_workloads = jsonschema.Draft202012Validator(json.loads(schema.workload_json_schema()))
        for refused in ({"replica": 2}, {"replicas": 0}, {"image": "untagged"}, {"kind": "DaemonSet"}):
            assert not of_workloads.is_valid(refused), refused


def test_writes_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "SCHEMA_FILE": schema.json_schema,
        "REFERENCE_FILE": schema.reference,
        "WORKLOAD_SCHEMA_FILE": schema.workload_json_schema,
        "WORKLOAD_REFERENCE_FILE": schema.workload_reference,
    }
    for name in texts:
        monkeypatch.setattr(schema, name, tmp_path / "generated" / name)
    schema.main()
    for name, text in texts.items():
        assert (tmp_path / "generated" / name).read_text(encoding="utf-8") == text()


def test_whole_environment_goes_through_json() -> None:
    """What an environment dumps, an environment reads: other tools may write the YAML."""
    environment = Environment.model_validate_json(json.dumps(yaml.safe_load(environment_text())))
    assert Environment.model_validate_json(environment.model_dump_json(exclude_unset=True)) == environment
