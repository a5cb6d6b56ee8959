"""Writes what a check of policies found: as text, as JSON, as SARIF for code scanning, as JUnit for CI.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://github.com/testmoapp/junitxml describe the last two.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operations.policies.findings import Finding, PolicyVerdict

LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# What GitHub sorts alerts by. https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
SECURITY_SEVERITIES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}


def as_text(verdict: PolicyVerdict) -> Iterator[str]:
    """Yield the lines that say what was found: what fails in full, what is excepted in one line each."""
    for finding in verdict.findings:
        if finding.excepted:
            yield f"excepted   {finding.severity:8}  {finding.rule}  {finding.path}: {finding.excepted}"
            continue
        yield f"{finding.enforcement:9}  {finding.severity:8}  {finding.rule}  {finding.path}"
        if finding.expired:
            yield f"             the exception expired on {finding.expired}; fix it, or decide again"
        yield f"             why: {finding.why}"
        yield f"             do:  {finding.remedy}"
    for exception in verdict.unused:
        yield f"unused     exception  {exception.rule}  {exception.resource}: nothing needs it; remove it"
    yield summary(verdict)


def summary(verdict: PolicyVerdict) -> str:
    """Return the numbers in one line."""
    advisory = sum(not one.is_failure and not one.excepted for one in verdict.findings)
    excepted = sum(bool(one.excepted) for one in verdict.findings)
    return (
        f"{verdict.environment}: {len(verdict.failures)} failed, {advisory} advisory, {excepted} excepted; "
        f"{len(verdict.passed)} rules passed, {len(verdict.absent)} concern nothing in it"
    )


def as_json(verdicts: Iterable[PolicyVerdict]) -> str:
    """Return everything that was found, for programs."""
    return json.dumps(
        [
            {
                "environment": verdict.environment,
                "exit_code": 1 if verdict.failures else 0,
                "findings": [{**vars(finding), "is_failure": finding.is_failure} for finding in verdict.findings],
                "passed": sorted(verdict.passed),
                "absent": list(verdict.absent),
                "unused_exceptions": [exception.model_dump() for exception in verdict.unused],
            }
            for verdict in verdicts
        ],
        indent=2,
    )


def as_sarif(verdicts: Sequence[PolicyVerdict]) -> str:
    """Return the findings as SARIF 2.1.0; each has the file of its environment as its location."""
    rules = {finding.rule: finding for verdict in verdicts for finding in verdict.findings}
    run = {
        "tool": {"driver": {"name": "eks check policy", "rules": [_sarif_rule(rules[name]) for name in sorted(rules)]}},
        "results": [
            _sarif_result(verdict.environment, finding) for verdict in verdicts for finding in verdict.findings
        ],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"version": "2.1.0", "$schema": schema, "runs": [run]}, indent=2)


def _sarif_rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.rule,
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": f"{finding.title}, because otherwise {finding.why}."},
        "help": {"text": finding.remedy},
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": {"tags": ["security"], "security-severity": SECURITY_SEVERITIES[finding.severity]},
    }


def _sarif_result(environment: str, finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity] if finding.is_failure else "note",
        "message": {"text": f"{finding.path}: {finding.why}. {finding.remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": f"values/environments/{environment}.yaml"},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.path, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"rule/resource": f"{finding.rule}/{finding.path}"},
    }
    if finding.excepted:
        result["suppressions"] = [{"kind": "external", "justification": finding.excepted}]
    return result


def as_junit(verdicts: Sequence[PolicyVerdict]) -> str:
    """Return each rule and resource as a test case; what is only advisory or excepted is a skipped one."""
    suites = Element("testsuites", name="policy")
    for verdict in verdicts:
        skipped = len(verdict.findings) - len(verdict.failures)
        suite = SubElement(
            suites,
            "testsuite",
            name=verdict.environment,
            tests=str(len(verdict.findings) + len(verdict.passed)),
            failures=str(len(verdict.failures)),
            skipped=str(skipped),
        )
        for finding in verdict.findings:
            case = SubElement(suite, "testcase", classname=finding.rule, name=finding.path)
            text = finding.excepted or f"{finding.why}. {finding.remedy}"
            kind = "failure" if finding.is_failure else "skipped"
            SubElement(case, kind, message=f"{finding.enforcement}, {finding.severity}: {text}")
        for rule, title in verdict.passed.items():
            SubElement(suite, "testcase", classname=rule, name=title)
    indent(suites)
    return tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
