"""Texts of every file arrive at AWS, Helm and Kubernetes as they are written, in every place that takes them.

The places come from the schema of the settings: whatever takes free text, as a value or as a key, gets a text that
Terraform, cdktf, Helm, YAML or JavaScript would take for something else. All are applied at once on the stand-ins for
the providers, and what these were given is compared.
"""

from __future__ import annotations

import base64
import json
import re
import tomllib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from pydantic import ValidationError

from config.core.files.tokens import literal
from config.environment import Environment
from config.paths import ROOT
from config.workloads.workloads import Workload
from tests.integration.sandbox import log
from tests.workloads.examples import EVERYTHING as WORKLOAD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.core.settings import Settings
    from tests.integration.conftest import NewProject
    from tests.integration.project import Project

Json = Any
Place = tuple[str | int, ...]


class Spot(NamedTuple):
    """A text among settings: the value at a place, or the last key of it."""

    place: Place
    is_key: bool


PAYLOADS = (
    '${file("/etc/hostname")}',
    "${path.module}",
    "%{ if true }x%{ endif }",
    "$${a} $$${b} %%{c}",
    "${",
    "{{ .Release.Name }}",
    '{{ "',
    "{{`{{`}}",
    "\\u0024{1} \\ ' \"",
    "&{x} #{y} ~}",
    "1e400 0x1f",
    "$",
)
WHOLE = " | ".join(PAYLOADS)
# What a place may take at least, and what it is given if it takes that: on one line, without spaces, in ASCII.
LEAST = ("${x}", "%{x}")
# Letters beyond the first plane of Unicode, one that is put together, and one that is written from right to left.
EMOJI = "🚀 👩\u200d🚀 é שלום"
LARGE = (f"{EMOJI} {WHOLE}", f"é {WHOLE}", WHOLE, WHOLE.replace(" ", ""), "$${x}${1+1}%{y}")
# Names of files, which have to be there.
NAMES_OF_FILES = frozenset(("dashboards", "home_dashboard"))
# Where a chart of others passes what it is given through `tpl`; the stand-ins render no chart.
TEMPLATED = (
    ("extraManifests",),
    ("prometheus", "prometheusSpec", "additionalScrapeConfigs"),
    ("prometheus", "prometheusSpec", "externalLabels"),
    ("prometheus", "prometheusSpec", "externalUrl"),
    ("prometheus", "prometheusSpec", "remoteWrite"),
    ("alertmanager", "alertmanagerSpec", "externalUrl"),
    ("grafana", "additionalDataSources"),
    ("grafana", "grafana.ini"),
)


def example(text: str = "x") -> Json:
    """Return the settings of an environment with every place of free text in them."""
    settings = yaml.safe_load((ROOT / "tests/data/everything.yaml").read_text("utf-8"))
    settings["name"], settings["tags"]["owner"] = "texts", text
    # They are for commands on this machine, which tests/operations/test_hooks.py and tests/checks try.
    del settings["commands"], settings["policy"]
    settings["network"]["private_subnet_tags"] = {"owner": text}
    cluster, stack = settings["cluster"], settings["kube_prom_stack"]
    cluster["access_entries"] = {"sre": {"principal": "role/sre", "kubernetes_groups": [text]}}
    addon = {"configuration": {"key": text, "below": [{"key": text}]}}
    cluster["addons"] = {
        name: deepcopy(addon) for name in ("vpc_cni", "kube_proxy", "coredns", "eks_pod_identity_agent")
    }
    settings["csi_addon"] = {"addon": deepcopy(addon)}
    query = "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"
    adapter = settings["cluster_addons"]["prometheus_adapter"]
    adapter["custom_metrics"]["http_requests_per_second"] = {"series": 'http_requests_total{pod!=""}', "query": query}
    adapter["external_metrics"]["jobs_waiting"]["query"] = query
    stack["probes"]["modules"] = {
        "a": {"prober": "http", "http": {"headers": {"x-a": text}, "body": text}},
        "b": {"prober": "tcp", "tcp": {"query_response": [{"send": text}]}},
        "c": {"prober": "icmp", "icmp": {"source_ip_address": text}},
        "d": {"prober": "dns", "dns": {"query_name": text}},
        "e": {"prober": "grpc", "grpc": {"service": text}},
    }
    stack["grafana"]["ini"]["users"]["login_hint"] = text
    stack["managed_prometheus"] = {
        "enabled": True,
        "keep_metrics": ["up.*"],
        "drop_metrics": ["go_.*"],
        "rule_files": ["texts"],
        "alert_manager": {"definition_file": "managed-prometheus/texts.yaml"},
    }
    stack["managed_grafana"] = {
        "enabled": True,
        "saml": {
            "idp_metadata_xml": text,
            "admin_role_values": [text],
            "editor_role_values": [f"{text}2"],
            "allowed_organizations": [text],
            **{f"{name}_assertion": text for name in ("role", "name", "login", "email", "groups", "org")},
        },
    }
    another = yaml.safe_load((ROOT / "tests/data/another.yaml").read_text("utf-8"))
    cluster["node_scaling"] = another["cluster"]["node_scaling"]
    del settings["cluster_addons"]["cluster_autoscaler"]
    settings["cluster_addons"]["karpenter"] = another["cluster_addons"]["karpenter"]
    stack["values_files"] = ["overlays/texts.yaml"]
    add_what_everything_leaves_out(stack)
    settings["overrides"] = {"network": {"vpc/this": {"tags": {"owner": text}}}}
    return settings


def add_what_everything_leaves_out(stack: Json) -> None:
    """Add the settings with free text of the other environment of the tests."""
    other = yaml.safe_load((ROOT / "tests/data/other.yaml").read_text("utf-8"))["kube_prom_stack"]
    stack.setdefault("services", {}).update(other["services"])
    for name in ("ec2_targets", "remote_write"):
        stack["prometheus"][name] = other["prometheus"][name]
    for name in ("data_sources", "grafana_com_dashboards"):
        stack["grafana"].setdefault(name, {}).update(other["grafana"][name])
    alertmanager, receivers = stack["alertmanager"], other["alertmanager"]["receivers"]
    alertmanager["receivers"].update(receivers)
    alertmanager["routes"] += [{"receiver": name, "severities": ["info"]} for name in receivers]


def workload_example() -> Json:
    """Return the settings of a workload with every place of free text in them."""
    settings = deepcopy(WORKLOAD)
    settings["probes"] = {name: {"command": ["/ready"]} for name in ("startup", "readiness", "liveness")}
    return settings


class FreePlaces:
    """Where a schema takes any text: `*` stands for keys and positions, `<key>` for a key that is free itself."""

    def __init__(self, model: type[Settings]) -> None:
        self.schema = model.model_json_schema()
        self.found: set[str] = set()
        self.walk(self.schema, "", ())

    def walk(self, part: Json, path: str, around: tuple[str, ...]) -> None:
        """Follow a part of the schema; `around` has the definitions that it is in."""
        name = part.get("$ref", "").rpartition("/")[2]
        is_free_text = part.get("type") == "string" and not part.keys() & {"enum", "const", "pattern", "format"}
        if name == "JsonValue" or is_free_text:
            self.found.add(path)
        elif name and name not in around:
            self.walk(self.schema["$defs"][name], path, (*around, name))
        for member in [member for kind in ("anyOf", "oneOf", "allOf") for member in part.get(kind, ())]:
            self.walk(member, path, around)
        for key, below in part.get("properties", {}).items():
            self.walk(below, f"{path}.{key}", around)
        free, patterned = part.get("additionalProperties"), part.get("patternProperties", {})
        if isinstance(free, dict) and "pattern" not in part.get("propertyNames", {}):
            self.found.add(f"{path}.<key>")
        items = part.get("items")
        for below in (free, items, *patterned.values()):
            if isinstance(below, dict):
                self.walk(below, f"{path}.*", around)


def texts_in(settings: Json, place: Place = ()) -> Iterator[Spot]:
    """Yield every text of the settings and every key."""
    if isinstance(settings, str):
        yield Spot(place, is_key=False)
    items = (
        settings.items() if isinstance(settings, dict) else enumerate(settings) if isinstance(settings, list) else ()
    )
    for key, below in items:
        if isinstance(key, str):
            yield Spot((*place, key), is_key=True)
        yield from texts_in(below, (*place, key))


def changed(settings: Json, spot: Spot, text: str) -> Json:
    """Return the settings with a text in the place of another, or of a key."""
    *around, last = spot.place
    copy = deepcopy(settings)
    target = copy
    for part in around:
        target = target[part]
    if not spot.is_key:
        target[last] = text
    elif text in target:
        raise ValueError(f"{text!r} is a key already")
    else:
        items = [(text if key == last else key, value) for key, value in target.items()]
        target.clear()
        target.update(items)
    return copy


def filled(settings: Json, model: type[Settings], marks: Iterator[int]) -> tuple[Json, dict[str, str]]:
    """Return the settings with the largest payload in every place that takes one, and each place's text by its mark."""
    used: dict[str, str] = {}
    # Keys last and from the inside out: the places of the others stay what they are.
    for spot in sorted(texts_in(settings), key=lambda spot: (spot.is_key, -len(spot.place))):
        if NAMES_OF_FILES.intersection(spot.place):
            continue
        original = str(spot.place[-1] if spot.is_key else value_at(settings, spot.place))
        mark = f"p{next(marks):04d}p"
        for form in (f"{mark}<>", f"{original}{mark}<>"):
            fits = [text for text in LEAST if is_accepted(model, settings, spot, form.replace("<>", text))]
            if not fits:
                continue
            text = next(t for t in (*LARGE, *fits) if is_accepted(model, settings, spot, form.replace("<>", t)))
            settings = changed(settings, spot, form.replace("<>", text))
            used[mark] = f"{mark}{text}"
            break
    return settings, used


def value_at(settings: Json, place: Place) -> Json:
    """Return the value at a place."""
    for part in place:
        settings = settings[part]
    return settings


def is_accepted(model: type[Settings], settings: Json, spot: Spot, text: str) -> bool:
    """Return whether the settings are right with a text in a place."""
    try:
        model.model_validate_json(json.dumps(changed(settings, spot, text)))
    except (ValidationError, ValueError):
        return False
    return True


class Texts:
    """A copy of the project whose files are full of payloads, and what each place was given."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.marks = iter(range(10_000))
        self.expected: dict[str, str] = {}
        self.write_environment()
        self.write_adopted()

    def text(self, payload: str = LARGE[0]) -> str:
        """Return a payload for one place."""
        mark = f"p{next(self.marks):04d}p"
        self.expected[mark] = f"{mark}{payload}"
        return self.expected[mark]

    def write(self, path: str, content: Json) -> None:
        """Write a file below `values/`."""
        file = self.project.folder / "values" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        is_json = file.suffix == ".json"
        file.write_text(json.dumps(content) if is_json else yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def write_environment(self) -> None:
        """Write an environment with every stack, and all the files that it reads."""
        settings, used = filled(example() | {"workloads": {}}, Environment, self.marks)
        workload, of_workload = filled(workload_example(), Workload, self.marks)
        self.expected |= used | of_workload
        self.write("environments/texts.yaml", settings | {"workloads": {"shop": None}})
        self.write("workloads/shop.yaml", workload)
        rule = {
            "alert": self.text(),
            "expr": f"up{{job={json.dumps(self.text(LARGE[-1]))}}} == 0",
            "labels": {"severity": "warning", "a": self.text(LARGE[-1])},
            "annotations": {"summary": self.text("{{ $value }} ${x} %{ if }")},
        }
        self.write("rules/texts.yaml", {"groups": [{"name": self.text(), "rules": [rule]}]})
        self.write(
            "dashboards/texts/texts.json",
            {"uid": "texts", "title": self.text(), "panels": [{self.text(): [self.text()]}]},
        )
        self.write("overlays/texts.yaml", {self.text(): {self.text(): [self.text()]}})
        sns = {"topic_arn": "${topic_arn}", "sigv4": {"region": "${region}"}, "subject": self.text()}
        receiver = {"name": "topic", "sns_configs": [sns]}
        definition = yaml.safe_dump({"route": {"receiver": "topic"}, "receivers": [receiver]})
        self.write("managed-prometheus/texts.yaml", {"alertmanager_config": definition})
        self.write("imports/texts.yaml", {"imports": {"network": {"endpoints/s3": self.text()}}})

    def write_adopted(self) -> None:
        """Write an environment with a release that was taken over as it is, on a cluster of a kubeconfig."""
        self.kubeconfig = {"kubeconfig_context": f"context {LARGE[0]}", "kubeconfig_path": f"path {LARGE[0]}"}
        cluster = {"existing": self.kubeconfig}
        stack = {"release_values_file": "releases/texts.yaml"}
        self.write("environments/adopted.yaml", {"name": "adopted", "cluster": cluster, "kube_prom_stack": stack})
        self.write("releases/texts.yaml", {self.text(): {self.text(): [self.text()]}})


@pytest.fixture(scope="module")
def texts(new_project: NewProject, mirror: Path) -> Texts:
    """Apply every stack of both environments, with a log of what the stand-ins were given."""
    project = new_project()
    sandbox = project.folder / ".sandbox"
    sandbox.mkdir()
    values = project.folder / "values"
    for path in (*values.glob("environments/*"), *values.glob("overlays/*")):
        path.unlink()
    made = Texts(
        project.with_environment(
            TF_CLI_CONFIG_FILE=str(mirror / "terraform.rc"),
            SANDBOX_STORE=str(sandbox / "store"),
            SANDBOX_LOG=str(sandbox / "log.jsonl"),
        )
    )
    made.project.main().succeeded()
    manifest = json.loads((made.project.synthesized / "manifest.json").read_text(encoding="utf-8"))
    waiting = dict(manifest["stacks"])
    while waiting:
        name = next(name for name, stack in waiting.items() if not set(stack["dependencies"]) & set(waiting))
        made.project.terraform(name, "init", "-input=false").succeeded()
        made.project.terraform(name, "apply", "-auto-approve", "-input=false").succeeded()
        del waiting[name]
    return made


def strings_in(value: Json, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield every text and key that was given, also of the YAML and JSON in texts, and where it is."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*place, key), key
            yield from strings_in(below, (*place, key))
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from strings_in(below, (*place, position))
    elif isinstance(value, str):
        content = parsed_user_data(value) if place[-1:] == ("user_data",) else parsed(value)
        if isinstance(content, dict | list):
            yield from strings_in(content, (*place, "<document>"))
        else:
            yield place, value


def parsed(text: str) -> Json:
    """Return what a text is as YAML, None if it is none."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def parsed_user_data(text: str) -> Json:
    """Return the settings of a node: TOML for Bottlerocket, for other images a part of a MIME message."""
    content = base64.b64decode(text).decode()
    return parsed(content.split("\n\n")[2]) if content.startswith("MIME-Version") else tomllib.loads(content)


def rendered(place: Place, text: str) -> str:
    """Return a text as the chart of others makes it, where that passes it through `tpl`."""
    at = place[place.index("<document>") + 1 :] if "<document>" in place else ()
    is_templated = any(at[: len(path)] == path for path in TEMPLATED)
    text = text.replace("{{`{{`}}", "{{") if is_templated else text
    # Prometheus takes `$` of a relabeling for a group; a label of a target is written so that it gets what was set.
    is_label = place[-1] == "replacement" and place[-2] != 0
    return text.replace("$$", "$") if is_label else text


def test_every_place_of_free_text_is_tried() -> None:
    def paths(settings: Json) -> set[str]:
        return {".".join(map(str, spot.place)) + (".<key>" if spot.is_key else "") for spot in texts_in(settings)}

    def is_tried(path: str, tried: set[str]) -> bool:
        pattern = re.escape(path.removeprefix(".")).replace(r"\*", r"[^.]+").replace("<key>", r"[^.]+\.<key>")
        return any(re.match(pattern, place) for place in tried)

    for model, settings in ((Environment, example()), (Workload, workload_example())):
        tried = paths(settings) | {"cluster.existing.kubeconfig_context", "cluster.existing.kubeconfig_path"}
        # The stand-ins have no provider of Grafana; tests/monitoring/test_grafana_content.py looks at its JSON. What
        # `commands` and `policy` have reaches no stack.
        elsewhere = (".grafana_content.", ".commands.", ".policy.")
        places = [path for path in sorted(FreePlaces(model).found) if not path.startswith(elsewhere)]
        assert [path for path in places if not is_tried(path, tried)] == []


def test_every_text_arrives_as_it_is(texts: Texts) -> None:
    given = [*log(texts.project, "create"), *log(texts.project, "import"), *log(texts.project, "update")]
    arrived: dict[str, set[str]] = {mark: set() for mark in texts.expected}
    for place, text in strings_in(given):
        for found in re.finditer(r"p\d{4}p", text):
            arrived[found[0]].add(rendered(place, text)[found.start() :])
    wrong = {
        mark: (expected, sorted(arrived[mark]))
        for mark, expected in texts.expected.items()
        if not arrived[mark] or not all(text.startswith(expected) for text in arrived[mark])
    }
    assert wrong == {}


def test_providers_are_given_texts_as_they_are(texts: Texts) -> None:
    """The log has no providers; what Terraform makes of `literal` is tried in test_literal_text.py."""
    path = texts.project.stacks / "adopted-kube-prom-stack/cdk.tf.json"
    (provider,) = json.loads(path.read_text(encoding="utf-8"))["provider"]["kubernetes"]
    assert [provider["config_context"], provider["config_path"]] == [*map(literal, texts.kubeconfig.values())]
