"""The plan is the judge: the stacks that take over are planned by Terraform before anything is written.

With access the plan imports and reads what exists. Without it, the old states stand for what exists: the stacks get a
state each that is made of them, and the plan does not refresh. Either way nothing is applied, and nothing but a folder
that is deleted afterwards is written.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adoption.errors import AdoptionError
from adoption.judging.how import How
from adoption.judging.plans import Plan, Row, updates
from config.core.files.tokens import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adoption.adopt import Adoption
    from adoption.comparing.stack_resources import Resource
    from adoption.reading.state_programs import Programs

# What only an apply or an API shows, where there is no API to ask.
UNKNOWN_RESOURCE: Final = "adoption_unknown"
OFFLINE: Final = ("aws_iam_policy_document", "terraform_remote_state")
_DATA: Final = re.compile(
    r"data\.(?!aws_iam_policy_document\.|terraform_remote_state\.)[a-z0-9_]+\.[\w-]+(?:\.\w+|\[\d+\])*"
)
_ACCOUNT_ID: Final = re.compile(r"data\.aws_caller_identity\.[\w-]+\.account_id")
_NO_ACCESS: Final = {
    "access_key": "none", "secret_key": "none", "skip_credentials_validation": True, "skip_region_validation": True,
    "skip_requesting_account_id": True, "skip_metadata_api_check": "true",
}  # fmt: skip
REGISTRY: Final = "registry.terraform.io/hashicorp"


def judge(adoption: Adoption, programs: Programs, how: How) -> list[Plan]:
    """Plan every stack that takes something over."""
    wanted = [stack for stack in adoption.stacks.documents if _takes_over(adoption, stack)]
    if how is How.NONE:
        return [Plan(stack, how, {}, error="left out") for stack in wanted]
    tried = (How.REFRESH, How.STATES) if how is How.AUTO else (how,)
    with tempfile.TemporaryDirectory() as folder:
        court = _Court(adoption, programs, Path(folder))
        try:
            court.initialize(wanted)
        except AdoptionError as error:
            return [Plan(stack, how, {}, error=str(error)) for stack in wanted]
        return [court.plan_one_way(stack, tried) for stack in wanted]


def _takes_over(adoption: Adoption, stack: str) -> bool:
    return any(found.resource.stack == stack for found in adoption.matches.found)


@dataclass(frozen=True)
class _Court:
    adoption: Adoption
    programs: Programs
    folder: Path

    def initialize(self, stacks: Sequence[str]) -> None:
        """Install the providers, once for all stacks."""
        required: dict[str, Any] = {}
        for stack in stacks:
            required |= self.adoption.stacks.documents[stack]["terraform"].get("required_providers", {})
        shared = self.folder / "shared"
        shared.mkdir()
        (shared / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
        self.programs.run_terraform(shared, "init", "-input=false", "-no-color", "-backend=false")

    def plan_one_way(self, stack: str, ways: Sequence[How]) -> Plan:
        """Return the first plan that can be made."""
        errors = []
        for how in ways:
            try:
                return self._plan(stack, how)
            except AdoptionError as error:
                errors.append(f"{how}: {error}")
        return Plan(stack, ways[-1], {}, error="; ".join(errors))

    def _plan(self, stack: str, how: How) -> Plan:
        folder = self.folder / f"{stack}-{how}"
        folder.mkdir()
        (folder / ".terraform").symlink_to(self.folder / "shared/.terraform")
        lock = self.folder / "shared/.terraform.lock.hcl"
        (folder / lock.name).write_bytes(lock.read_bytes())
        document = self._document(stack)
        if how is How.STATES:
            document = self._offline(document)
            (folder / "terraform.tfstate").write_text(json.dumps(self._state(stack)), encoding="utf-8")
        else:
            document["import"] = [
                {"to": f"{one.resource.type}.{one.resource.logical_id}", "id": literal(one.import_id)}
                for one in self.adoption.matches.found
                if one.resource.stack == stack
            ]
        (folder / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")
        refresh = ["-refresh=false"] if how is How.STATES else []
        self.programs.run_terraform(folder, "plan", "-input=false", "-no-color", "-lock=false", "-out=plan", *refresh)
        shown = json.loads(self.programs.run_terraform(folder, "show", "-json", "plan"))
        return self._judged(stack, how, shown.get("resource_changes", []))

    def _document(self, stack: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(json.dumps(self.adoption.stacks.documents[stack]))
        document["terraform"].pop("backend", None)
        document["terraform"].pop("cloud", None)
        document.pop("output", None)
        for name, source in document.get("data", {}).get("terraform_remote_state", {}).items():
            producer = name.removeprefix("state-")
            path = self.folder / f"{producer}.outputs.tfstate"
            path.write_text(json.dumps(self._outputs(producer)), encoding="utf-8")
            for key in ("workspace", "defaults"):
                source.pop(key, None)
            source |= {"backend": "local", "config": {"path": str(path)}}
        return document

    def _outputs(self, producer: str) -> dict[str, Any]:
        from stacks.outputs import StackOutputs  # noqa: PLC0415 - after the engine is chosen

        contracts = [contract for contract in StackOutputs.__subclasses__() if producer == contract.PRODUCER]
        known = self.adoption.outputs.get(producer, {})
        values = {
            declared.name: known.get(declared.name, declared.metadata["example"])
            for contract in contracts
            for declared in fields(contract)
        }
        outputs = {
            name: {"value": value, "type": ["list", "string"] if isinstance(value, list) else "string"}
            for name, value in values.items()
        }
        return {
            "version": 4,
            "terraform_version": "1.5.0",
            "serial": 1,
            "lineage": "x",
            "outputs": outputs,
            "resources": [],
        }

    def _offline(self, document: dict[str, Any]) -> dict[str, Any]:
        account = json.dumps(self.adoption.account_id or "000000000000")
        data = {type_: ones for type_, ones in document.get("data", {}).items() if type_ in OFFLINE}
        changed: dict[str, Any] = _replaced(
            {**document, "data": data},
            lambda text: _DATA.sub(f"terraform_data.{UNKNOWN_RESOURCE}.id", _ACCOUNT_ID.sub(lambda _: account, text)),
        )
        for provider in changed.get("provider", {}).get("aws", []):
            provider.pop("allowed_account_ids", None)
            provider.update(_NO_ACCESS)
        changed.setdefault("resource", {})["terraform_data"] = {UNKNOWN_RESOURCE: {}}
        return changed

    def _state(self, stack: str) -> dict[str, Any]:
        """Return a state of what the stack takes over, as the old states have it; parts of objects are in none."""
        resources = [
            {
                "mode": "managed",
                "type": one.resource.type,
                "name": one.resource.logical_id,
                "provider": f'provider["{REGISTRY}/{one.resource.type.partition("_")[0]}"]',
                "instances": [{"schema_version": one.object.schema_version, "attributes": dict(one.object.raw)}],
            }
            for one in self.adoption.matches.found
            if one.resource.stack == stack and one.object.raw
        ]
        return {
            "version": 4,
            "terraform_version": "1.5.0",
            "serial": 1,
            "lineage": "x",
            "outputs": {},
            "resources": resources,
        }

    def _judged(self, stack: str, how: How, changes: Sequence[Mapping[str, Any]]) -> Plan:
        resources = {
            f"{one.type}.{one.logical_id}": one for one in self.adoption.stacks.resources() if one.stack == stack
        }
        counts: Counter[str] = Counter()
        rows = []
        for entry in changes:
            if entry["address"] not in resources:
                continue
            resource, change = resources[entry["address"]], entry["change"]
            actions = change["actions"]
            counts["import"] += "importing" in change or (how is How.STATES and actions != ["create"])
            if "delete" in actions:
                action = "replace" if "create" in actions else "destroy"
                counts[action] += 1
                paths = [".".join(map(str, path)) for path in change.get("replace_paths", [])]
                rows.append(Row(action, resource.path, ", ".join(paths), None, None, None))
            elif actions == ["create"]:
                counts["create"] += 1
            elif actions == ["update"]:
                found = list(self._with_reasons(resource, updates(resource, change, how)))
                counts["update"] += 1
                rows += found
        return Plan(stack, how, dict(counts), rows)

    def _with_reasons(self, resource: Resource, rows: Iterator[Row]) -> Iterator[Row]:
        """Give changes the reasons that the comparison with the old states found: it sees arguments as a whole."""
        wanted = {one.attribute: one.reason for one in self.adoption.changes.get(str(resource), ()) if one.is_wanted}
        for row in rows:
            known = [reason for name, reason in wanted.items() if f"{row.attribute}.".startswith(f"{name}.")]
            yield replace(row, reason=row.reason or next(iter(known), None))


def _replaced(value: Any, change: Any) -> Any:  # noqa: ANN401 - JSON, and a function of text
    if isinstance(value, dict):
        return {key: _replaced(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, change) for item in value]
    return change(value) if isinstance(value, str) and "${" in value else value
